// Which file may import which. Each rule is a function from the source tree to its violations, one sentence each.
import {
  importedPackage,
  isTestCode,
  packageFolder,
  relativeTarget,
  type SourceFile,
  type SourceTree,
} from './source-tree.ts';

export type Rule = (tree: SourceTree) => string[];

const launcher = 'services/standalone/bin/';
const ourPackages = '@waybill/';
const pureLibraries = ['kernel', 'contracts', 'rating', 'providers'];
const pureFolders = ['libs/kernel', 'libs/rating', 'libs/providers'];

/** Builds a rule from a question about one import of one file; the answer is the complaint, if there is one. */
function ruleOnImports(complaint: (file: SourceFile, specifier: string, tree: SourceTree) => string | undefined): Rule {
  return (tree) =>
    tree.files.flatMap((file) =>
      file.imports
        .map((specifier) => [specifier, complaint(file, specifier, tree)] as const)
        .filter(([, text]) => text !== undefined)
        .map(([specifier, text]) => `${file.path} imports ${specifier}: ${text}`),
    );
}

/** The folder of the package of ours that an import names: `libs/kernel` for `@waybill/kernel`. */
function ownerOf(specifier: string, tree: SourceTree): string | undefined {
  const name = importedPackage(specifier);
  if (!name?.startsWith(ourPackages)) return undefined;
  return Object.keys(tree.manifests).find((folder) => tree.manifests[folder]?.name === name);
}

const foundations = ruleOnImports((file, specifier) => {
  const importer = packageFolder(file.path);
  const isAlone = ['libs/kernel', 'libs/contracts', 'libs/simulator'].includes(importer);
  return isAlone && specifier.startsWith(ourPackages) && !(isTestCode(file) && importer !== 'libs/simulator')
    ? `${importer} imports nothing of ours`
    : undefined;
});

const libsBelowServices = ruleOnImports((file, specifier, tree) =>
  file.path.startsWith('libs/') && ownerOf(specifier, tree)?.startsWith('services/')
    ? 'libs never import services'
    : undefined,
);

const servicesApart = ruleOnImports((file, specifier, tree) => {
  const importer = packageFolder(file.path);
  const owner = ownerOf(specifier, tree);
  const isForeign = owner?.startsWith('services/') && owner !== importer;
  return importer.startsWith('services/') && importer !== 'services/standalone' && isForeign
    ? 'services never import each other'
    : undefined;
});

const indexOnly = ruleOnImports((file, specifier) => {
  if (/^@waybill\/[^/]+\//.test(specifier)) return "nobody imports past another package's index";
  const target = relativeTarget(file, specifier);
  if (target === undefined || packageFolder(target) === packageFolder(file.path)) return undefined;
  const isHarness = isTestCode(file) && (target.startsWith('test/') || target.startsWith(launcher));
  return isHarness ? undefined : "nobody imports past another package's index";
});

const productWithoutTests = ruleOnImports((file, specifier, tree) => {
  if (isTestCode(file)) return undefined;
  const target = relativeTarget(file, specifier);
  const isTest = tree.files.some((other) => other.path === target && isTestCode(other));
  return isTest ? 'the product does not import test code' : undefined;
});

/** The folder or file directly below `src` of a service: `core`, `adapters`, `service.ts`. */
function roomOf(path: string): string | undefined {
  return /^services\/[^/]+\/src\/([^/]+)/.exec(path)?.[1];
}

const pureCore = ruleOnImports((file, specifier) => {
  if (roomOf(file.path) !== 'core' || isTestCode(file)) return undefined;
  const target = relativeTarget(file, specifier);
  if (target !== undefined) return roomOf(target) === 'core' ? undefined : 'core imports only core';
  const isPure = pureLibraries.some((name) => specifier === `${ourPackages}${name}`);
  const isShapeOfConfiguration = specifier === '@waybill/config' && file.typeImports.includes(specifier);
  return isPure || isShapeOfConfiguration
    ? undefined
    : `core imports only ${pureLibraries.join(', ')}, types of config`;
});

const pureLibs = ruleOnImports((file, specifier) =>
  pureFolders.includes(packageFolder(file.path)) &&
  !isTestCode(file) &&
  specifier.startsWith('node:') &&
  specifier !== 'node:crypto'
    ? 'a pure library does no input or output'
    : undefined,
);

const adaptersBehindService = ruleOnImports((file, specifier) => {
  const target = relativeTarget(file, specifier);
  const mayWire = ['service.ts', 'main.ts', 'adapters'].includes(roomOf(file.path) ?? '') || isTestCode(file);
  return target !== undefined && roomOf(target) === 'adapters' && !mayWire
    ? 'only service.ts sees adapters'
    : undefined;
});

const nothingImpureInCore: Rule = (tree) =>
  tree.files
    .filter((file) => roomOf(file.path) === 'core' && !isTestCode(file))
    .flatMap((file) => {
      const used = /\b(?:async|await|Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|console\.)/.exec(
        file.code,
      );
      return used === null ? [] : [`${file.path} uses ${used[0]}: core has no clock, chance, log or waiting`];
    });

const oneReaderOfTheEnvironment: Rule = (tree) => {
  const readers = tree.files
    .filter((file) => !isTestCode(file) && !file.path.startsWith(launcher))
    .filter((file) => /\bprocess\s*\.\s*env\b/.test(file.code) || file.imports.includes('node:process'))
    .map((file) => file.path);
  const allowed = readers.find((path) => path.startsWith('libs/config/'));
  return readers
    .filter((path) => path !== allowed)
    .map((path) => `${path} reads the environment: that is done in one file of libs/config`);
};

const declaredDependencies = ruleOnImports((file, specifier, tree) => {
  const name = importedPackage(specifier);
  const manifest = tree.manifests[packageFolder(file.path)];
  if (name === undefined || name === manifest?.name || packageFolder(file.path) === 'test') return undefined;
  const forTests = isTestCode(file) ? { ...tree.manifests['']?.devDependencies, ...manifest?.devDependencies } : {};
  return name in { ...manifest?.dependencies, ...forTests } ? undefined : 'package.json does not declare it';
});

export const rules: Readonly<Record<string, Rule>> = {
  'kernel, contracts and simulator import nothing of ours': foundations,
  'libs never import services': libsBelowServices,
  'services never import each other': servicesApart,
  "nobody imports past another package's index": indexOnly,
  'the product does not import test code': productWithoutTests,
  'core imports only core and pure libraries': pureCore,
  'core uses no clock, chance, log or waiting': nothingImpureInCore,
  'pure libraries do no input or output': pureLibs,
  'only service.ts sees adapters': adaptersBehindService,
  'the environment is read in one place': oneReaderOfTheEnvironment,
  'package.json declares what is imported': declaredDependencies,
};
