// Writes `corpus/seeds.json` anew: what the simulator answers to each codec's own requests, whole, streamed and refused.
import { writeFile } from 'node:fs/promises';
import { Call, Role } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { codecs, modelListOf, type ProviderCodec, type UpstreamRequest, type Wire } from '@waybill/providers';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { type Seed, type SeedForm, seedsFile, subjects } from './seeds.ts';

const paths: Readonly<Record<string, string>> = {
  openai: '/openai/v1',
  'openai-compatible': '/openai/v1',
  'azure-openai': '/azure',
  gemini: '/gemini/v1beta',
  'github-copilot': '/copilot',
  mistral: '/mistral/v1',
  xai: '/xai/v1',
  'hugging-face': '/hugging-face/v1',
  vllm: '/vllm/v1',
  'lm-studio': '/lm-studio/v1',
};

/** Small answers: an input is to be read in microseconds. */
const exchanges: Readonly<
  Record<string, { readonly directives: string; readonly call: Call; readonly form: SeedForm }>
> = {
  text: { directives: 'output=5', call: chat('Hello'), form: 'answer' },
  thought: { directives: 'output=4&reasoning=2', call: chat('Hello'), form: 'answer' },
  tools: { directives: 'tool-calls=2', call: chat('Use the tool'), form: 'answer' },
  length: { directives: 'output=3&finish=length', call: chat('Hello'), form: 'answer' },
  filtered: { directives: 'output=3&finish=filtered', call: chat('Hello'), form: 'answer' },
  limited: { directives: 'fault=rate-limit:seconds:3', call: chat('Hello'), form: 'error' },
  broken: { directives: 'fault=server-error', call: chat('Hello'), form: 'error' },
  stopped: { directives: 'output=4&fault=error-frame:2', call: chat('Hello'), form: 'answer' },
};

function chat(text: string): Call {
  const value = {
    messages: [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }],
    tools: text.includes('tool')
      ? [
          {
            name: 'look',
            description: 'Looks',
            parametersJson: '{"type":"object","properties":{"id":{"type":"integer"}}}',
          },
        ]
      : [],
  };
  return Call.fromPartial({ model: 'm', task: { $case: 'chat', value } });
}

const embedding = Call.fromPartial({
  model: 'm',
  task: { $case: 'embedding', value: { inputs: ['a'], dimensions: 4, purpose: 'document' } },
});

const simulator = await startSimulator({ seed: 1 });
const recorded: Seed[] = [];
for (const { kind, wire } of subjects) {
  for (const [name, { directives, call, form }] of Object.entries(exchanges)) {
    for (const stream of [false, true]) {
      const model = `${wire === 'completions' ? 'gpt-3.5-turbo-instruct' : 'gpt-4o-mini'}#${directives}`;
      const body = await exchange(simulator, codecs[kind]!, { model, call, stream, wire });
      if (body !== undefined)
        recorded.push({ name, kind, wire, form: stream && form === 'answer' ? 'stream' : form, body });
    }
  }
  const body = await exchange(simulator, codecs[kind]!, { model: 'm', call: embedding, stream: false, wire });
  if (body !== undefined && body.length < 4_000) recorded.push({ name: 'embedding', kind, wire, form: 'answer', body });
}
recorded.push(...(await listsAndCounts(simulator)));
await simulator.close();
await writeFile(seedsFile, `[\n${recorded.map((seed) => JSON.stringify(seed)).join(',\n')}\n]\n`);

interface Asked {
  readonly model: string;
  readonly call: Call;
  readonly stream: boolean;
  readonly wire: Wire | undefined;
}

/** Undefined when the codec cannot ask for it, or the simulator has nothing to say to it. */
async function exchange({ url }: Simulator, codec: ProviderCodec, asked: Asked): Promise<string | undefined> {
  const { model: upstreamModel, call, stream, wire } = asked;
  const request: UpstreamRequest = { attemptId: 'attempt', call, upstreamModel, maxOutputTokens: 64, stream, wire };
  const encoded = codec.encode(request);
  if (!encoded.ok) return undefined;
  const { path, query } = codec.endpoint(request);
  const target = `${url}${paths[codec.id] ?? `/${codec.id}`}${path}?${new URLSearchParams(query)}`;
  const key = new Secret(codec.id === 'github-copilot' ? await copilotToken(url) : 'key');
  const credential = codec.authorize(key, BigInt(Date.now()) * 1000n);
  const headers = { 'content-type': 'application/json', ...encoded.value.headers, ...credential };
  const answer = await fetch(target, { method: 'POST', headers, body: encoded.value.body });
  return answer.text();
}

/** One of each family. */
async function listsAndCounts({ url }: Simulator): Promise<Seed[]> {
  const seeds: Seed[] = [];
  for (const kind of ['openai', 'anthropic', 'gemini', 'ollama']) {
    const list = modelListOf(codecs[kind]!.family)!;
    const headers = { ...list.headers, ...codecs[kind]!.authorize(new Secret('key'), 0n) };
    const answer = await fetch(`${url}${paths[kind] ?? `/${kind}`}${list.path(undefined)}`, { headers });
    seeds.push({ name: 'models', kind, form: 'list', body: await answer.text() });
  }
  return [...seeds, { name: 'count', kind: 'anthropic', form: 'count', body: '{"input_tokens":12}' }];
}

async function copilotToken(url: string): Promise<string> {
  const headers = { authorization: 'token seeds' };
  const answer = await fetch(`${url}/copilot/copilot_internal/v2/token`, { headers });
  return ((await answer.json()) as { readonly token: string }).token;
}
