// Runs one of the repository's own TypeScript files with everything installed: `node run.mjs <file.ts> [arguments]`.
import { ensurePackages, runTypeScript } from './runtime.mjs';

const [file, ...args] = process.argv.slice(2);
ensurePackages({ development: true });
runTypeScript(file, args);
