#!/usr/bin/env node
// The `waybill` command: installs what running needs, then hands over to src/cli.ts under the right Node.
import { ensurePackages, runTypeScript } from './runtime.mjs';

ensurePackages({ development: false });
runTypeScript('services/standalone/src/cli.ts', process.argv.slice(2));
