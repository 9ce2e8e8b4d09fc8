// The manifests of an overlay as kustomize renders them, and what is in them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { type CommandResult, repositoryRoot, run } from '../infra/command.ts';
import { kubeconform, kubernetesSchemas, type kubernetesVersions, kustomize } from '../infra/provision.ts';

export const kubernetesFolder = join(repositoryRoot, 'deploy/kubernetes');

/** The parts of the resources that are looked at; what is not there is found out by asking for it. */
export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: manifests are checked against their schemas by kubeconform.
  readonly spec: any;
  readonly data?: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

export function readYamlFile<Content>(path: string): Content {
  return parse(readFileSync(path, 'utf8'));
}

/** Throws what kustomize has said when it fails. */
export function rendered(overlay: string): string {
  const { succeeded, output } = run(kustomize.program, ['build', join(kubernetesFolder, overlay)]);
  if (!succeeded) throw new Error(output);
  return output;
}

export function resourcesOf(text: string): Resource[] {
  return parseAllDocuments(text).map((document) => document.toJS());
}

/** What kubeconform says of all of them together. */
export function conforms(texts: readonly string[], version: (typeof kubernetesVersions)[number]): CommandResult {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-kubeconform-'));
  const ours = join(import.meta.dirname, 'schemas');
  const locations = [kubernetesSchemas(version), ours].flatMap((schemas) => [
    '-schema-location',
    `${schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
  ]);
  try {
    writeFileSync(join(folder, 'manifests.yaml'), texts.join('\n---\n'));
    return run(kubeconform.program, ['-strict', '-summary', ...locations, folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Claims that a pod with these labels is among those that the selector means. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const areEqual = Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
  return areEqual && matchExpressions.every((expression) => meets(expression, labels));
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly Expression[];
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function meets({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  if (operator !== 'In') throw new Error(`${operator} is not understood here`);
  return values.includes(labels[key] ?? '');
}
