// Entry of `npm test` on a fresh clone and any Node from 20 on: installs, then hands over to test/suites.ts under Node 24.
import { ensureNode, ensurePackages, runTypeScript } from '../../services/standalone/bin/runtime.mjs';

let isHandedOver = false;
process.on('exit', (code) => {
  const hasSpoken = isHandedOver && code < 128;
  if (!hasSpoken) console.log('0 passed, 1 failed, 0 skipped');
});

ensurePackages({ development: true });
ensureNode();
isHandedOver = true;
runTypeScript('test/suites.ts', process.argv.slice(2));
