// Brings package-lock.json in line with every package.json, for all platforms; run it after each change of packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from './command.ts';
import { completeLock, missingOptionalPackages, type PackageLock } from './lock-platforms.ts';

const update = run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
if (!update.succeeded) throw new Error(update.output);

const file = new URL('../../package-lock.json', import.meta.url);
const lock: PackageLock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptionalPackages(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} platform packages added`);
