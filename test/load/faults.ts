// Every fault of a provider through the gateway in each inbound dialect, whole and streamed.
import { isEmbeddingModel, pricesOfOwnMachines, type RouteOptions, type TestModelId } from '../e2e/configuration.ts';
import { type StandaloneWorld, startWorld } from '../e2e/world.ts';
import { checkBooks } from './books/check-books.ts';
import { eventsOf, readEntries } from './books/entries.ts';
import {
  askIn,
  type Ending,
  embeds,
  hasStreams,
  hasTools,
  type InboundDialect,
  inboundDialects,
} from './fault-calls.ts';
import { type FaultCase, faultCases, type Verdict } from './fault-plan.ts';

export interface FaultsOptions {
  readonly cases?: readonly FaultCase[];
  readonly dialects?: readonly InboundDialect[];
  /** Whose wire breaks, by a model of it. */
  readonly like?: readonly TestModelId[];
  readonly seed: number;
}

export interface FaultsReport {
  readonly calls: number;
  readonly complete: number;
  readonly broken: number;
  readonly slowestMs: number;
  readonly attempts: number;
  readonly problems: readonly string[];
}

const timeouts = { connect_ms: 1_000, first_byte_ms: 1_500, first_token_ms: 3_000, idle_ms: 1_500, total_ms: 10_000 };
/** Three attempts that are each as long as they may be, the pauses between them, and what a busy machine adds. */
const boundMs = 3 * timeouts.total_ms + 2 * 8_000 + 15_000;
const atOnce = 8;
/** What comes after a fault is not to be on its way before the gateway has hung up. */
const chunkDelayMs = 2;
const healthy = 'gpt-4o';
const ollamaModels: readonly TestModelId[] = ['llama3.2', 'nomic-embed-text'];
/** What every broken model says: characters of one to four bytes, quotes and a NUL among them. */
const saying =
  'Grüße: "das Licht" wird gestreut, \u0000 am stärksten das blaue, 天空 is blue, 👋🏽 naïve \\ waves, '.repeat(3);

/** A model of each wire, and one of each that has vectors. */
export const everyWire: readonly TestModelId[] = [
  ...(['gpt-4o-mini', 'gpt-4.1-mini', 'claude-haiku-4-5', 'gemini-2.5-flash'] as const),
  ...(['llama3.2', 'command-r-08-2024'] as const),
  ...(['text-embedding-3-small', 'gemini-embedding-001', 'nomic-embed-text', 'embed-v4.0'] as const),
];

/** One call: each has a model of its own, so that no breaker of another one answers in its place. */
interface Planned {
  readonly id: string;
  readonly fault: FaultCase;
  readonly directives: string;
  /** What its model says; of vectors their numbers, which are known once a model that works was asked for them. */
  readonly says: string;
  readonly dialect: InboundDialect;
  readonly stream: boolean;
  readonly verdict: Verdict;
  readonly mostAttempts: number;
  /** A route of its own that goes on to a model that works, and shows nothing before its answer is complete. */
  readonly route?: RouteOptions;
}

export async function runFaults({
  cases = faultCases,
  dialects = inboundDialects,
  like = everyWire,
  seed,
}: FaultsOptions): Promise<FaultsReport> {
  const reports: FaultsReport[] = [];
  for (const brokenLike of like) reports.push(await runAt(brokenLike, plan(brokenLike, cases, dialects), seed));
  const sum = (of: (report: FaultsReport) => number) => reports.reduce((total, each) => total + of(each), 0);
  return {
    calls: sum(({ calls }) => calls),
    complete: sum(({ complete }) => complete),
    broken: sum(({ broken }) => broken),
    attempts: sum(({ attempts }) => attempts),
    slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
    problems: reports.flatMap(({ problems }) => problems),
  };
}

function plan(brokenLike: TestModelId, cases: readonly FaultCase[], dialects: readonly InboundDialect[]): Planned[] {
  const fitting = dialects.filter((dialect) => embeds(dialect) === isEmbeddingModel(brokenLike));
  const asked = cases
    .map((fault) => on(brokenLike, fault))
    .flatMap((fault) => [
      ...fitting
        .filter((dialect) => fault.toolCalls === undefined || hasTools(dialect))
        .flatMap((dialect) =>
          (hasStreams(dialect) ? [true, false] : [false]).map((stream) => {
            const { mostAttempts } = fault;
            return { fault, dialect, stream, mostAttempts, verdict: stream ? fault.stream : fault.whole, whole: false };
          }),
        ),
      ...(isEmbeddingModel(brokenLike) ? [] : failOver(fault)),
    ]);
  return asked.map(({ whole, ...call }, index) => {
    const id = `broken-${index}`;
    const says = call.fault.toolCalls === undefined ? `${saying}${index}` : '';
    // Where it says nothing of its own, what bounds nothing makes its model another one.
    const own: Record<string, string> = says === '' ? { output: String(1_000 + index) } : { text: says };
    const directives = `${new URLSearchParams(own)}&${call.fault.directives}`;
    const route = { model: `whole-${index}`, candidates: [id, healthy], retries: 1, stream: 'whole' as const };
    return { ...call, id, directives, says, ...(whole && { route }) };
  });
}

function on(brokenLike: TestModelId, { onOllama, ...fault }: FaultCase): FaultCase {
  return ollamaModels.includes(brokenLike) ? { ...fault, ...onOllama } : fault;
}

/** Whatever befalls an answer that may go elsewhere, a `whole` route shows none of it. */
function failOver(fault: FaultCase) {
  if (fault.stream !== 'broken' || isTheCallsOwn(fault)) return [];
  return [
    { fault, dialect: 'chat' as const, stream: true, mostAttempts: 2, verdict: 'complete' as const, whole: true },
  ];
}

function isTheCallsOwn({ directives }: FaultCase): boolean {
  return /fault=(invalid|context-length|unprocessable|too-large)/.test(directives);
}

async function runAt(brokenLike: TestModelId, planned: readonly Planned[], seed: number): Promise<FaultsReport> {
  const brokenModels = Object.fromEntries(planned.map(({ id, directives }) => [id, directives]));
  const routes = planned.flatMap(({ route }) => route ?? []);
  const simulator = { seed, chunkDelayMs, prices: pricesOfOwnMachines };
  const world = await startWorld({ brokenLike, brokenModels, routes, timeouts, simulator });
  try {
    const calls = isEmbeddingModel(brokenLike) ? await withVectors(world, brokenLike, planned) : planned;
    const endings = await askAll(world, calls);
    const { problems, attempts } = await checkBooks(world, { seen: [], budgets: [] });
    const tooMany = await attemptsBeyond(world, calls);
    const count = (ended: Ending['ended']) => endings.filter(({ ending }) => ending.ended === ended).length;
    return {
      calls: calls.length,
      complete: count('complete'),
      broken: count('broken'),
      slowestMs: Math.max(...endings.map(({ tookMs }) => tookMs)),
      attempts,
      problems: [...endings.flatMap(problemsOf), ...tooMany, ...problems].map((problem) => `${brokenLike}: ${problem}`),
    };
  } finally {
    await world.stop();
  }
}

/** With the vectors that a model that works gives in their dialects. */
async function withVectors(world: StandaloneWorld, model: TestModelId, calls: readonly Planned[]): Promise<Planned[]> {
  const vectors = new Map<InboundDialect, string>();
  for (const dialect of new Set(calls.map((call) => call.dialect))) {
    const { ended, said, shown } = await askIn(world, dialect, { model, stream: false, withinMs: boundMs });
    if (ended !== 'complete' || said.split('\n').length !== 2)
      throw new Error(`no two vectors in ${dialect}: ${shown}`);
    vectors.set(dialect, said);
  }
  return calls.map((call) => ({ ...call, says: vectors.get(call.dialect) ?? '' }));
}

interface Ended {
  readonly call: Planned;
  readonly ending: Ending;
  readonly tookMs: number;
  /** What a call to a model that works came to after it. */
  readonly after: Ending;
}

async function askAll(world: StandaloneWorld, calls: readonly Planned[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  let begun = 0;
  const client = async () => {
    for (let call = calls[begun++]; call !== undefined; call = calls[begun++]) {
      const since = performance.now();
      const { dialect, stream } = call;
      const withTool = call.fault.toolCalls !== undefined;
      const model = call.route?.model ?? call.id;
      const ending = await askIn(world, dialect, { model, stream, withTool, withinMs: boundMs });
      const tookMs = Math.round(performance.now() - since);
      const after = await askIn(world, 'chat', { model: healthy, stream: false, withinMs: boundMs });
      ended.push({ call, ending, tookMs, after });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return ended;
}

/** By the books, which know it in every dialect. */
async function attemptsBeyond(world: StandaloneWorld, calls: readonly Planned[]): Promise<string[]> {
  const made = new Map<string, number>();
  for (const { modelId } of eventsOf(await readEntries(world), 'started')) {
    made.set(modelId, (made.get(modelId) ?? 0) + 1);
  }
  return calls.flatMap((call) => {
    const attempts = made.get(call.id) ?? 0;
    return attempts <= call.mostAttempts ? [] : [`${whereOf(call)}: ${attempts} attempts, not ${call.mostAttempts}`];
  });
}

function whereOf({ fault, dialect, stream, route }: Planned): string {
  return `${fault.directives} in ${dialect}${stream ? ', streamed' : ''}${route ? ', to be whole' : ''}`;
}

/** A complete answer is all of it, and a broken one a beginning of it: nothing else ever reaches a caller. */
function saidProblems({ fault, verdict, says, route }: Planned, { ended, said, toolNames }: Ending): string[] {
  if (route !== undefined) return [];
  if (fault.toolCalls !== undefined && verdict === 'complete' && toolNames < fault.toolCalls) {
    return [`names ${toolNames} of ${fault.toolCalls} calls of its tool`];
  }
  if (ended === 'complete' && verdict === 'complete' && said !== says)
    return [`says ${brief(said)}, not ${brief(says)}`];
  return says.startsWith(said) ? [] : [`says ${brief(said)}, which is no beginning of ${brief(says)}`];
}

function brief(said: string): string {
  return said.length <= 600 ? said : `${said.slice(0, 600)} and ${said.length - 600} characters more`;
}

function problemsOf({ call, ending, after }: Ended): string[] {
  const { verdict, mostAttempts } = call;
  const problems = [...ending.problems, ...saidProblems(call, ending)];
  if (ending.ended === 'hanging') problems.push(`hangs for more than ${boundMs} ms`);
  else if (verdict !== 'either' && ending.ended !== verdict) problems.push(`is ${ending.ended}, not ${verdict}`);
  if ((ending.attempts ?? 0) > mostAttempts) problems.push(`took ${ending.attempts} attempts, not ${mostAttempts}`);
  if (after.ended !== 'complete') problems.push(`leaves a gateway behind that does not answer: ${after.shown}`);
  return problems.map((problem) => `${whereOf(call)}: ${problem} (${ending.shown})`);
}
