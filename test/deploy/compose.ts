// deploy/compose as Docker Compose understands it.
import { join } from 'node:path';
import { repositoryRoot, run } from '../infra/command.ts';
import { composeCheck } from '../infra/provision.ts';

export const composeFolder = join(repositoryRoot, 'deploy/compose');

/** The parts of the project that are looked at. */
export interface ComposeProject {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly driver_opts?: Settings }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

type Settings = Readonly<Record<string, string>>;

export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly environment?: Settings;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly restart?: string;
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string; readonly target: number }[];
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly volumes?: readonly { readonly source: string; readonly target: string; readonly read_only?: boolean }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** Throws what the loader of Compose has said when the file is not as it wants it. */
export function composeProject(): ComposeProject {
  const { succeeded, output } = run(composeCheck.program, [join(composeFolder, 'compose.yaml')]);
  if (!succeeded) throw new Error(output);
  return JSON.parse(output);
}

/** Makes the secrets in the folder, which compose.yaml has below `./secrets`. */
export function prepareSecrets(folder: string): string {
  const { succeeded, output } = run('sh', [join(composeFolder, 'prepare.sh'), folder]);
  if (!succeeded) throw new Error(output);
  return output;
}
