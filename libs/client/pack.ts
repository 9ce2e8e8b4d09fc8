// Makes the package as users install it: `node pack.ts [folder]`, then `npm publish <folder>`.
// It is compiled, and holds what it needs of our other packages, so that it depends on public ones alone.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const here = dirname(fileURLToPath(import.meta.url));
const libs = join(here, '..');
const root = join(libs, '..');
const output = resolve(process.argv[2] ?? join(here, 'dist/package'));
/** The client, and the packages of ours below it. */
const parts = ['client', 'contracts', 'kernel', 'rpc'] as const;
const ours = '@waybill/';

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
compile();
for (const file of globSync('**/*.{js,d.ts}', { cwd: output })) rewriteImports(file);
cpSync(join(libs, 'contracts/src/generated/waybill.binpb'), join(output, 'contracts/src/generated/waybill.binpb'));
for (const file of ['README.md', 'examples']) cpSync(join(here, file), join(output, file), { recursive: true });
cpSync(join(root, 'LICENSE'), join(output, 'LICENSE'));
writeFileSync(join(output, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

function compile(): void {
  const settings = join(output, 'tsconfig.json');
  const compilerOptions = {
    composite: false,
    emitDeclarationOnly: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: libs,
    outDir: output,
    // Found through node_modules they would count as foreign, and foreign code is not compiled.
    paths: { [`${ours}*`]: [join(libs, '*/src/index.ts')] },
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const files = parts.map((part) => join(libs, part, 'src/index.ts'));
  const extended = join(root, 'tsconfig.base.json');
  writeFileSync(settings, JSON.stringify({ extends: extended, compilerOptions, files, references: [] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', settings], { stdio: 'inherit' });
  rmSync(settings);
}

/** Packages of ours become folders beside each other; declarations name the files that are there. */
function rewriteImports(file: string): void {
  const path = join(output, file);
  const text = readFileSync(path, 'utf8').replace(/(['"])@waybill\/(\w+)\1/g, (_whole, quote, part) => {
    const target = posix.join(relative(dirname(file), part).replaceAll('\\', '/'), 'src/index.js');
    return `${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`;
  });
  writeFileSync(path, text.replace(/(from ['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
}

function manifest(): object {
  const read = (part: string) => JSON.parse(readFileSync(join(libs, part, 'package.json'), 'utf8')) as Manifest;
  const { version, description, license } = read('client');
  const dependencies = parts
    .flatMap((part) => Object.entries(read(part).dependencies))
    .filter(([name]) => !name.startsWith(ours));
  return {
    name: `${ours}client`,
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22' },
    exports: { '.': { types: './client/src/index.d.ts', default: './client/src/index.js' } },
    files: [...parts, 'examples'],
    sideEffects: false,
    dependencies: Object.fromEntries(dependencies.sort()),
  };
}
