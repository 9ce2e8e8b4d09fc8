// The real servers and tools that tests run against: where each is kept below .cache, and how it gets there.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandResult, cacheDirectory, run } from './command.ts';
import { goTool } from './tools/go-tool.ts';
import { composeCheck, hadolint, kubeconform, kustomize } from './tools/manifest-tools.ts';
import { mongod } from './tools/mongod.ts';
import { extension, type Tool } from './tools/tool.ts';

export {
  composeCheck,
  hadolint,
  kubeconform,
  kubernetesSchemas,
  kubernetesVersions,
  kustomize,
} from './tools/manifest-tools.ts';
export { mongod } from './tools/mongod.ts';
export type { Tool } from './tools/tool.ts';

/** 2.14.3 is the floor where money is at stake: earlier servers can lose acknowledged messages. */
export const natsServer = goTool({
  name: 'nats-server',
  path: 'github.com/nats-io/nats-server/v2',
  version: 'v2.14.5',
});
export const grpcurl = goTool({
  name: 'grpcurl',
  path: 'github.com/fullstorydev/grpcurl/cmd/grpcurl',
  version: 'v1.9.3',
});

/** Looks for keys in files and commits; its module has another owner's name than its repository. */
export const gitleaks: Tool = {
  ...goTool({ name: 'gitleaks', path: 'github.com/zricethezav/gitleaks/v8', version: 'v8.30.1' }),
  versionArguments: ['version'],
};

export const tools: readonly Tool[] = [
  natsServer,
  mongod,
  grpcurl,
  kustomize,
  kubeconform,
  hadolint,
  composeCheck,
  gitleaks,
];

export function isProvisioned(tool: Tool): boolean {
  return existsSync(tool.program);
}

/** Installs a tool that is missing. It appears at its place whole or not at all. */
export function provision(tool: Tool): CommandResult {
  if (isProvisioned(tool)) return { succeeded: true, output: '' };
  const destination = dirname(tool.program);
  mkdirSync(cacheDirectory, { recursive: true });
  const folder = mkdtempSync(join(cacheDirectory, 'provisioning-'));
  try {
    const installation = tool.install(folder);
    if (!installation.succeeded) return installation;
    const probe = run(join(folder, `${tool.name}${extension}`), tool.versionArguments ?? ['--version']);
    if (!probe.succeeded) return probe;
    rmSync(destination, { recursive: true, force: true });
    renameSync(folder, destination);
    return probe;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For commands that cannot do without these tools: tells what is missing and how to get it, and ends the process. */
export function provisionOrExit(needed: readonly Tool[]): void {
  for (const tool of needed) {
    const { succeeded, output } = provision(tool);
    if (succeeded) continue;
    process.stderr.write(`${output}\nwaybill: there is no ${tool.name} at ${tool.program}: ${tool.howToGet}\n`);
    process.exit(1);
  }
}
