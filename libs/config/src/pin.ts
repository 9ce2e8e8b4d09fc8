// Writes the pin of a model into the configuration file, changing nothing else in it, or says what to write.
import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { markReferences } from './reading/interpolate.ts';
import { Problems } from './reading/problems.ts';
import { isTree, listIn, type Tree } from './reading/tree.ts';
import { readYaml } from './reading/yaml.ts';

export interface PinRequest {
  /** Of the model. */
  readonly id: string;
  /** The snapshot. */
  readonly version: string;
  /** Such as 2026-11-28. */
  readonly pinnedDate: string;
  /** Whether the name that is asked for at the provider stays; else it becomes the snapshot's. */
  readonly keepsUpstream: boolean;
}

export interface PinOutcome {
  readonly written: boolean;
  readonly file: string | undefined;
  /** What says the same in YAML. */
  readonly snippet: string;
  /** Why it was not written; empty when it was. */
  readonly why: string;
}

/**
 * Writes only where the entry of the model stands in the file itself, and where reading the result gives the same as
 * before but for the pin. The file is replaced in one step.
 */
export function pinModel(file: string | undefined, request: PinRequest): PinOutcome {
  const values = pinValues(request);
  const snippet = snippetOf(request.id, values);
  const refuse = (why: string): PinOutcome => ({ written: false, file, snippet, why });
  if (file === undefined) return refuse('there is no configuration file');
  try {
    const text = readFileSync(file, 'utf8');
    const entry = entryOf(text, request.id);
    if (entry === undefined) {
      return refuse(`${request.id} is not written out under models in ${basename(file)}`);
    }
    const changed = edited(text, entry, values);
    if (!saysTheSame(text, changed, { id: request.id, values })) {
      return refuse(`the entry of ${request.id} in ${basename(file)} cannot be changed alone`);
    }
    replaceFile(file, changed);
    return { written: true, file, snippet, why: '' };
  } catch (error) {
    return refuse(`${basename(file)} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

type Values = Readonly<Record<string, string>>;

function pinValues({ version, pinnedDate, keepsUpstream }: PinRequest): Values {
  return { ...(keepsUpstream ? {} : { upstream_model: version }), version, pinned_date: pinnedDate };
}

function snippetOf(id: string, values: Values): string {
  const lines = Object.entries(values).map(([key, value]) => `    ${key}: ${quoted(value)}`);
  return ['models:', `  - id: ${quoted(id)}`, ...lines].join('\n');
}

/** Plain where YAML reads it as the same text; a date is one only with quotes elsewhere, not here. */
function quoted(value: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(value) ? value : JSON.stringify(value);
}

/** The one mapping under `models` with that id; undefined where there is none, or it is shared by an alias. */
function entryOf(text: string, id: string): YAMLMap | undefined {
  const document = parseDocument(markReferences(text), { schema: 'failsafe', prettyErrors: false });
  const models = document.get('models');
  if (document.errors.length > 0 || !isSeq(models)) return undefined;
  const found = models.items.filter((item) => isMap(item) && item.get('id') === id);
  const [entry] = found;
  return found.length === 1 && isMap(entry) && isScalar(scalarAt(entry, 'id')) ? entry : undefined;
}

function scalarAt(entry: YAMLMap, key: string): Scalar | undefined {
  const value = entry.get(key, true);
  return isScalar(value) && value.range ? value : undefined;
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** References were marked by as many characters as they had, so that places in the marked text are places in the text. */
function edited(text: string, entry: YAMLMap, values: Values): string {
  const isJson = text.trimStart().startsWith('{');
  const changes = Object.entries(values).map(([key, value]): Change => {
    const written = isJson ? JSON.stringify(value) : quoted(value);
    const present = scalarAt(entry, key);
    if (present?.range) return { from: present.range[0], to: present.range[1], text: written };
    return { ...insertion(text, entry, isJson ? `"${key}": ${written}` : `${key}: ${written}`) };
  });
  const inOrder = changes.toReversed().toSorted((one, other) => other.from - one.from);
  return inOrder.reduce((whole, { from, to, text: put }) => whole.slice(0, from) + put + whole.slice(to), text);
}

/** Behind the id: on a line of its own in block style, behind a comma in flow style. */
function insertion(text: string, entry: YAMLMap, pair: string): Change {
  const [start, end] = scalarAt(entry, 'id')?.range ?? [0, 0];
  if (entry.flow) return { from: end, to: end, text: `, ${pair}` };
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd < 0 ? text.length : lineEnd;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const before = text.slice(lineStart, start).replace(/id\s*:\s*$/, '');
  return { from: at, to: at, text: `\n${before.replace(/[^ \t]/g, ' ')}${pair}` };
}

/** Whether the changed text reads as the old one with these values in that model, and nothing else. */
function saysTheSame(before: string, after: string, { id, values }: { id: string; values: Values }): boolean {
  const problems = new Problems();
  const [old, changed] = [before, after].map((text) => readYaml(markReferences(text), '', problems)) as [Tree, Tree];
  const models = listIn(old, 'models').map((model) =>
    isTree(model) && model.id === id ? { ...model, ...values } : model,
  );
  return problems.none && isDeepStrictEqual({ ...old, models }, changed);
}

function replaceFile(file: string, text: string): void {
  const target = realpathSync(file);
  const beside = `${target}.${process.pid}.new`;
  writeFileSync(beside, text, { mode: statSync(target).mode, flag: 'wx' });
  renameSync(beside, target);
}
