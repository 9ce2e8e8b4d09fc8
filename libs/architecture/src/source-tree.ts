// The repository's own source files as the layer rules see them: who imports what.
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  path: string;
  /** Without whole-line comments. */
  code: string;
  /** Module specifiers as written, type imports included. */
  imports: string[];
  /** Those of them from which `import type` takes types, and nothing takes values. */
  typeImports: string[];
}

/** The part of a package.json that is read here. */
export interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

export interface SourceTree {
  files: SourceFile[];
  /** By folder: `libs/kernel`, `services/cost`; `` is the root's. */
  manifests: Record<string, Manifest>;
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const imports = importsOf(code);
  const valueImports = importsOf(code.replace(/^(?:import|export) type\s[^;]*;/gm, ''));
  return { path, code, imports, typeImports: imports.filter((specifier) => !valueImports.includes(specifier)) };
}

function importsOf(code: string): string[] {
  const statements = code.matchAll(/^(?:import|export)\s(?:[^'";]*?\bfrom\s*)?['"]([^'"]+)['"]/gm);
  const expressions = code.matchAll(/\bimport\(\s*['"]([@.\w][^'"]*)['"]/g);
  return [...statements, ...expressions].map(([, specifier = '']) => specifier);
}

export function readSourceTree(root: string): SourceTree {
  const list = (...patterns: string[]) =>
    globSync(patterns, { cwd: root, exclude: (path) => /(^|[/\\])(node_modules|dist|generated)$/.test(path) });
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const slashed = (path: string) => path.replaceAll('\\', '/');
  return {
    files: list('{libs,services,test}/**/*.{ts,mjs}').map((path) => sourceFile(slashed(path), read(path))),
    manifests: Object.fromEntries(
      list('{libs,services}/*/package.json', 'package.json').map((path) => {
        const folder = posix.dirname(slashed(path));
        return [folder === '.' ? '' : folder, JSON.parse(read(path))];
      }),
    ),
  };
}

/** `libs/kernel` of `libs/kernel/src/ids.ts`; `test` of everything below test/. */
export function packageFolder(path: string): string {
  return path.startsWith('test/') ? 'test' : path.split('/').slice(0, 2).join('/');
}

/** The file that a relative import names; undefined for packages and Node's own modules. */
export function relativeTarget(file: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined;
}

/** `@waybill/kernel` of `@waybill/kernel/x`, `undici` of `undici/y`; undefined for relative imports and `node:`. */
export function importedPackage(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Code that only tests run: specs, what is below test/ or a package's testing, contract or conformance
 * folder, and suites, which import jest. */
export function isTestCode(file: SourceFile): boolean {
  const isInTestFolder = /^test\/|\/src\/(?:testing|contract|conformance)\//.test(file.path);
  return isInTestFolder || /\.(?:spec|fixture)\.ts$/.test(file.path) || file.imports.includes('@jest/globals');
}
