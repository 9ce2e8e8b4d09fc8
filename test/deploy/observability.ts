// deploy/observability as the tests read it: expressions of rules and dashboards, and the alarms that services raise.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../infra/command.ts';

const folder = join(repositoryRoot, 'deploy/observability');

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly summary: string; readonly action: string };
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

export function readYaml(name: string): unknown {
  return parse(readFileSync(join(folder, name), 'utf8'), { strict: true, uniqueKeys: true });
}

export function rules(): Rule[] {
  const { groups } = readYaml('alerts.yaml') as { groups: readonly { readonly rules: readonly Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}

export function dashboards(): Dashboard[] {
  const files = globSync('dashboards/*.json', { cwd: folder });
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard);
}

/** Every expression with where it is. */
export function expressions(): { readonly where: string; readonly text: string }[] {
  const ofRules = rules().map(({ alert, record, expr }) => ({ where: alert ?? record ?? '', text: expr }));
  const ofPanels = dashboards().flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.targets.map(({ expr }) => ({ where: `${title}, ${panel.title}`, text: expr }))),
  );
  return [...ofRules, ...ofPanels];
}

/** The names of all alarms in the product's source. */
export function alarmsRaised(): string[] {
  const files = globSync('{libs,services}/*/src/**/*.ts', { cwd: repositoryRoot }).filter(
    (file) => !/\.(?:spec|fixture)\.ts$|\/(?:testing|contract)\//.test(file),
  );
  const names = files.flatMap((file) => {
    const code = readFileSync(join(repositoryRoot, file), 'utf8');
    return [...code.matchAll(/\b(?:alarm|onAlarm)(?:\?\.)?(?:\(|: )\s*'(\w+)'/g)].map(([, name = '']) => name);
  });
  return [...new Set(names)].sort();
}
