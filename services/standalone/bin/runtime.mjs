// Finds or installs what running Waybill needs, on any Node from 20 on: the packages and a Node that strips types.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const requiredMajor = 24;
const nodeVersion = '24.21.0';
const cacheDirectory = join(repositoryRoot, '.cache');

/** Runs npm in the repository, its output on our stderr; exits the process with a message that names the fix if it fails. */
function npm(args, purpose) {
  process.stderr.write(`waybill: ${purpose}\n`);
  const onWindows = process.platform === 'win32';
  const result = spawnSync(onWindows ? 'npm.cmd' : 'npm', args, {
    cwd: repositoryRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: onWindows,
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  if (result.status === 0) return;
  process.stderr.write(
    `waybill: "npm ${args.join(' ')}" failed; check the connection to the npm registry and run it again\n`,
  );
  process.exit(1);
}

/**
 * Installs the packages when those of this lock file are not there yet; a stamp in node_modules says which are.
 * `development` adds what only tests, benchmarks and code generation use. The lock file is never written.
 */
export function ensurePackages({ development }) {
  const modules = join(repositoryRoot, 'node_modules');
  const runtimeStamp = join(modules, '.waybill-runtime');
  const developmentStamp = join(modules, '.waybill-development');
  const locked = createHash('sha256')
    .update(readFileSync(join(repositoryRoot, 'package-lock.json')))
    .digest('hex');
  const isInstalled = (stamp) => existsSync(stamp) && readFileSync(stamp, 'utf8') === locked;
  if (isInstalled(developmentStamp) || (!development && isInstalled(runtimeStamp))) return;
  // Who has the development packages keeps them: a start must not take a developer's tools away.
  const all = development || existsSync(join(modules, 'typescript'));
  npm(
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...(all ? [] : ['--omit=dev'])],
    `installing ${all ? 'all' : 'the run-time'} packages (once)`,
  );
  mkdirSync(modules, { recursive: true });
  writeFileSync(all ? developmentStamp : runtimeStamp, locked);
}

/** The path of a Node that runs our TypeScript: this one if it is new enough, else one installed below `.cache`. */
export function ensureNode() {
  if (Number(process.versions.node.split('.')[0]) >= requiredMajor) return process.execPath;
  const operatingSystem = process.platform === 'win32' ? 'win' : process.platform;
  const packageName = `node-${operatingSystem}-${process.arch}`;
  const home = join(cacheDirectory, `node-${nodeVersion}`);
  const binary = join(home, 'node_modules', packageName, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}\n');
  npm(
    [
      'install',
      '--prefix',
      home,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-save',
      `${packageName}@${nodeVersion}`,
    ],
    `this is Node ${process.versions.node}; installing Node ${nodeVersion} for Waybill alone (once)`,
  );
  return binary;
}

/** Runs a TypeScript file under the right Node, hands signals on, and ends as it ends. */
export function runTypeScript(file, args, { nodeArguments = [], environment = {} } = {}) {
  const node = ensureNode();
  const child = spawn(node, [...nodeArguments, join(repositoryRoot, file), ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(cacheDirectory, 'compile'),
      PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
      ...environment,
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) endWithNpm(child);
  child.on('exit', (code, signal) => process.exit(signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1)));
}

/** npm and its shell die of a SIGTERM without handing it on: whoever is left behind by them stops as if it had come. */
function endWithNpm(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  watch.unref();
}
