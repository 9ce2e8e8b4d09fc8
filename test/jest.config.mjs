// One configuration for every suite; types are stripped by Node itself, as when the product runs.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export default {
  rootDir: join(here, '..'),
  testMatch: ['<rootDir>/{libs,services,test}/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/.cache/', '/dist/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.cache/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': join(here, 'infra/strip-types.mjs') },
  testEnvironment: 'node',
  testTimeout: 30_000,
};
