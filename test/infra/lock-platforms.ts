// What a lock file lacks to serve every platform: the optional binary packages of the systems it was not written on.

export interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The part of package-lock.json that is read here; keys of `packages` are folders, as npm writes them. */
export interface PackageLock {
  packages: Record<string, LockedPackage>;
}

export interface MissingPackage {
  parentKey: string;
  name: string;
  version: string;
}

const operatingSystems = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const processors = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x x64'.split(' ');
const processorAliases = new Map([
  ['aarch64', 'arm64'],
  ['armv7', 'arm'],
  ...processors.map((name) => [name, name] as const),
]);

/**
 * The platform that a binary package is for, read from its name: `@nx/nx-linux-x64-musl` is Linux, x64, musl.
 * A name that says no system or no processor is an error: its entry would be installed everywhere.
 */
export function platformOf(packageName: string): Required<Pick<LockedPackage, 'os' | 'cpu'>> & { libc?: string[] } {
  const words = packageName.split(/[/-]/);
  const os = words.find((word) => operatingSystems.includes(word));
  const cpu = words.map((word) => processorAliases.get(word)).find((name) => name !== undefined);
  if (os === undefined || cpu === undefined) throw new Error(`no platform in the package name ${packageName}`);
  const libc = os === 'linux' ? libcOf(words.at(-1) ?? '') : undefined;
  return { os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) };
}

function libcOf(abi: string): string | undefined {
  if (abi.startsWith('musl')) return 'musl';
  return abi.startsWith('gnu') || abi === 'glibc' ? 'glibc' : undefined;
}

/** Claims that Node would find `packageName` from the package in `parentKey`. */
function isLocked(packages: PackageLock['packages'], parentKey: string, packageName: string): boolean {
  let folder = parentKey;
  for (;;) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${packageName}` in packages) return true;
    if (folder === '') return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
}

/** Every optional dependency that a locked package names and that the lock has no entry for. */
export function missingOptionalPackages(lock: PackageLock): MissingPackage[] {
  return Object.entries(lock.packages).flatMap(([parentKey, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock.packages, parentKey, name))
      .map(([name, version]) => ({ parentKey, name, version })),
  );
}

/**
 * The lock with an entry for each missing package: version and platform, in npm's order of keys. There is no checksum
 * in them, because the package could not be fetched; npm takes it from the registry when such a platform installs.
 */
export function completeLock<Lock extends PackageLock>(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const { parentKey, name, version } of missingOptionalPackages(lock)) {
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${parentKey} asks for ${name} ${version}: not one version`);
    const dev = packages[parentKey]?.dev ? { dev: true } : {};
    const { os, cpu, libc } = platformOf(name);
    packages[`node_modules/${name}`] = { version, cpu, ...dev, ...(libc ? { libc } : {}), optional: true, os };
  }
  const keys = Object.keys(packages).sort((left, right) => left.localeCompare(right, 'en'));
  return { ...lock, packages: Object.fromEntries(keys.map((key) => [key, packages[key]])) };
}
