// Adds the platforms that the registry in reach did not serve to package-lock.json; run it after each change of packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { completeLock, missingOptionalPackages, type PackageLock } from './lock-platforms.ts';

const file = new URL('../../package-lock.json', import.meta.url);
const lock: PackageLock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptionalPackages(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} platform packages added`);
