// Adds the platforms that the registry at hand did not serve to package-lock.json; run it after each change of packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { completeLock, missingOptionalPackages } from './lock-platforms.mjs';

const file = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptionalPackages(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} platform packages added`);
