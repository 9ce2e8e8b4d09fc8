// One cell of the matrix: a feature asked for in a dialect of a provider, and what came of it.
import { eventually } from '../../load/books/eventually.ts';
import type { Asked, AskedTool, Driver, Feature, Seen } from './asked.ts';
import type { Kind, MatrixWorld } from './matrix-world.ts';

export type Cell =
  | { readonly is: 'no place' }
  | { readonly is: 'lost'; readonly why: string }
  | {
      /** `warning`: it was not done, and the caller was told. */
      readonly is: 'yes' | 'warning';
      /** What the caller was told that the provider cannot do, or not in that way. */
      readonly subject: string | undefined;
      readonly seen: Seen;
    };

const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const weather: AskedTool = tool('get_weather');
const population: AskedTool = tool('get_population');
const plain = { question: 'Why is the sky blue?', stream: false, tools: [] };
const result = 'eighteen';

function tool(name: string): AskedTool {
  return { name, schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };
}

/** What to ask for each feature; the simulated models call the tools whose names a question mentions. */
const questions: Readonly<Record<Feature, Omit<Asked, 'model'>>> = {
  text: plain,
  stream: { ...plain, stream: true },
  tools: { ...plain, question: 'What is the weather in Bern?', tools: [weather] },
  'parallel tools': {
    ...{ question: 'What are the weather and the population of Bern?', tools: [weather, population] },
    ...{ stream: true, parallel: true },
  },
  vision: { ...plain, question: 'What is in this picture?', picture },
  'structured output': { ...plain, question: 'How many days in Bern?', schema },
  reasoning: { ...plain, thinks: true },
  usage: plain,
};

/** The subjects of warnings that are about a feature. */
const subjects: Readonly<Record<Feature, RegExp>> = {
  text: /^answer\b/,
  stream: /^streaming\b/,
  tools: /^(tools|tool_choice|strict_tools)\b/,
  'parallel tools': /^(tools|parallel_tool_calls|tool_choice)\b/,
  vision: /^(vision|image)/,
  'structured output': /^(json_schema|json_object|output_format|response_format)/,
  reasoning: /^reasoning(?!\.replay)/,
  usage: /usage/,
};

interface Told {
  readonly seen: Seen;
  readonly world: MatrixWorld;
}

/** What is wrong with an answer to a feature's question; undefined when it is as it should be. */
const judges: Readonly<Record<Feature, (told: Told) => Promise<string | undefined> | string | undefined>> = {
  text: ({ seen }) => (/\w/.test(seen.text) ? undefined : 'no text'),
  stream: ({ seen }) => (/\w/.test(seen.text) && seen.pieces > 2 ? undefined : `${seen.pieces} pieces of text`),
  tools: ({ seen }) => callsProblem(seen, ['get_weather']),
  'parallel tools': ({ seen }) => callsProblem(seen, ['get_population', 'get_weather']),
  vision: async ({ world }) => ((await world.lastBody()).includes(picture) ? undefined : 'no picture was sent on'),
  'structured output': ({ seen }) => shapeProblem(seen.text),
  reasoning: async ({ world }) =>
    /"(reasoning_effort|reasoning|thinking|thinkingConfig|think)":/.test(await world.lastBody())
      ? undefined
      : 'nothing was asked to reason',
  usage: usageProblem,
};

async function callsProblem(seen: Seen, names: readonly string[]): Promise<string | undefined> {
  const called = seen.calls.map(({ name }) => name).sort();
  if (called.join() !== [...names].sort().join()) return `called ${called.join() || 'nothing'}`;
  if (new Set(seen.calls.map(({ id }) => id)).size !== names.length) return 'calls of one id';
  for (const { argumentsJson } of seen.calls) {
    if (typeof JSON.parse(argumentsJson).city !== 'string') return `arguments ${argumentsJson}`;
  }
  const next = await seen.goOn?.(result);
  return next?.text.includes(result) ? undefined : `the result did not come through: ${next?.text}`;
}

function shapeProblem(text: string): string | undefined {
  const { city, days, ...more } = JSON.parse(text);
  const isShape = typeof city === 'string' && Number.isInteger(days) && Object.keys(more).length === 0;
  return isShape ? undefined : `another shape: ${text}`;
}

/** A call is on the bill when its connection is done with it. */
const billedWithinMs = 2_000;

/** The provider's own bill says how much was generated; one call comes after the other. */
async function usageProblem({ seen, world }: Told): Promise<string | undefined> {
  const { inputTokens = 0, outputTokens } = seen;
  if (inputTokens <= 0) return 'no tokens of the prompt';
  const problems = await eventually(async () => {
    const billed = (await world.bill()).at(-1)?.tokensGenerated;
    return outputTokens === billed ? [] : [`${outputTokens} tokens, and ${billed} billed`];
  }, billedWithinMs);
  return problems[0];
}

/** Never rejects. */
export async function fillCell(world: MatrixWorld, driver: Driver, kind: Kind, feature: Feature): Promise<Cell> {
  if (!driver.features.includes(feature)) return { is: 'no place' };
  const asked = { model: kind, ...questions[feature] };
  try {
    const seen = await driver.ask(asked);
    if (seen.providerId !== kind) return { is: 'lost', why: `${seen.providerId} answered` };
    const problem = await judges[feature]({ seen, world });
    const subject = seen.warnings
      .split('; ')
      .map((warning) => warning.split(' ')[0]!)
      .find((name) => subjects[feature].test(name));
    if (problem !== undefined && subject === undefined)
      return { is: 'lost', why: `${problem}; warned: ${seen.warnings}` };
    return { is: problem === undefined ? 'yes' : 'warning', subject, seen };
  } catch (thrown) {
    return { is: 'lost', why: String(thrown) };
  }
}
