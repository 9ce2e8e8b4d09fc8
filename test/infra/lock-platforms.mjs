// What a lock file lacks to serve every platform: the optional binary packages of the systems it was not written on.

const operatingSystems = new Set([
  'aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32',
]);
const processors = new Map([
  ['aarch64', 'arm64'],
  ['armv7', 'arm'],
  ...['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'].map((name) => [name, name]),
]);

/**
 * The platform that a binary package is for, read from its name: `@nx/nx-linux-x64-musl` is Linux, x64, musl.
 * Names that say no system and processor are an error: such an entry would be installed everywhere.
 */
export function platformOf(packageName) {
  const words = packageName.split(/[/-]/);
  const os = words.find((word) => operatingSystems.has(word));
  const cpu = words.map((word) => processors.get(word)).find((name) => name !== undefined);
  if (os === undefined || cpu === undefined) throw new Error(`no platform in the package name ${packageName}`);
  const abi = os === 'linux' ? words.at(-1) : '';
  const libc = abi.startsWith('musl') ? 'musl' : abi.startsWith('gnu') || abi === 'glibc' ? 'glibc' : undefined;
  return { os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) };
}

/** The lock's key under which Node would find `packageName` from the package at `parentKey`; undefined if there is none. */
function resolveKey(packages, parentKey, packageName) {
  for (let folder = parentKey; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const key = `${folder === '' ? '' : `${folder}/`}node_modules/${packageName}`;
    if (key in packages) return key;
    if (folder === '') return undefined;
  }
}

/** Every optional dependency that a locked package names and the lock has no entry for: `[{parentKey, name, version}]`. */
export function missingOptionalPackages(lock) {
  return Object.entries(lock.packages).flatMap(([parentKey, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => resolveKey(lock.packages, parentKey, name) === undefined)
      .map(([name, version]) => ({ parentKey, name, version })),
  );
}

/** The lock with an entry for each missing platform: version and platform, no checksum, since nobody here has seen it. */
export function completeLock(lock) {
  const packages = { ...lock.packages };
  for (const { parentKey, name, version } of missingOptionalPackages(lock)) {
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${parentKey} asks for ${name} ${version}: not one exact version`);
    const dev = packages[parentKey].dev ? { dev: true } : {};
    const { os, cpu, libc } = platformOf(name);
    packages[`node_modules/${name}`] = { version, cpu, ...dev, ...(libc ? { libc } : {}), optional: true, os };
  }
  const keys = Object.keys(packages).sort((left, right) => left.localeCompare(right, 'en'));
  return { ...lock, packages: Object.fromEntries(keys.map((key) => [key, packages[key]])) };
}
