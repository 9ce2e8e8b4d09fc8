// What fuzzing starts from: recorded answers of every wire, and every input that ever found something.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { codecs, type Wire } from '@waybill/providers';

/** `list` is one of models, `count` of the tokens of a prompt. */
export type SeedForm = 'answer' | 'stream' | 'error' | 'list' | 'count';

export interface Seed {
  readonly name: string;
  /** The codec that reads it. */
  readonly kind: string;
  readonly wire?: Wire | undefined;
  readonly form: SeedForm;
  readonly body: string;
}

/** An input that once broke a promise; it is tried in each run, and mutated as the seeds are. */
export interface Find extends Omit<Seed, 'body'> {
  /** Base64, since it may be no text. */
  readonly bytes: string;
  readonly found: string;
}

export const seedsFile = new URL('./corpus/seeds.json', import.meta.url);
const findsFile = new URL('./corpus/finds.json', import.meta.url);
const fixtures = new URL('../../libs/providers/src/', import.meta.url);

/** Every codec, and each wire of those that have several. */
export const subjects: readonly { readonly kind: string; readonly wire?: Wire }[] = Object.keys(codecs).flatMap(
  (kind) =>
    ['openai', 'azure-openai', 'xai'].includes(kind)
      ? [
          { kind, wire: 'chat' as const },
          { kind, wire: 'responses' as const },
          { kind, wire: 'completions' as const },
        ]
      : [{ kind }],
);

export function readSeeds(): Seed[] {
  return [...(JSON.parse(readFileSync(seedsFile, 'utf8')) as Seed[]), ...subjects.flatMap(fixturesOf)];
}

export function readFinds(): Find[] {
  return JSON.parse(readFileSync(findsFile, 'utf8'));
}

/** Larger ones cost time and bring nothing that the small ones have not. */
const largest = 3_000;

const folderOfWire: Readonly<Record<Wire, string>> = {
  chat: 'openai',
  responses: 'openai-responses',
  completions: 'openai-completions',
};

/** The answers and errors that a codec's own tests hold. */
function fixturesOf({ kind, wire }: (typeof subjects)[number]): Seed[] {
  const folder = new URL(`${kind === 'openai' && wire ? folderOfWire[wire] : kind}/fixtures/`, fixtures);
  const names = existsSync(folder) && (wire === undefined || kind === 'openai') ? readdirSync(folder) : [];
  return names.flatMap((file): Seed[] => {
    const body = readFileSync(new URL(file, folder), 'utf8');
    const [name = '', extension] = file.split('.');
    if (name === 'faults') return errorsIn(body).map((text) => ({ name, kind, wire, form: 'error', body: text }));
    if (['answers', 'requests'].includes(name) || body.length > largest) return [];
    return [{ name, kind, wire, form: extension === 'json' ? 'answer' : 'stream', body }];
  });
}

function errorsIn(faults: string): string[] {
  const all: { readonly body: unknown }[] = JSON.parse(faults);
  return all
    .map(({ body }) => (typeof body === 'string' ? body : JSON.stringify(body)))
    .filter(({ length }) => length > 0 && length < 600);
}
