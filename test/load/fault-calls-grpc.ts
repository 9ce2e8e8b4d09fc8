// One call by each method of the gateway's gRPC service, and what its caller could see of how it ended.
import { Call, type CallSummary, GenerationServiceDefinition, type Reply } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { answerText } from '@waybill/providers';
import type { Client } from '@waybill/rpc';
import { connectGrpc, grpcQuestion } from '../e2e/grpc-client.ts';
import type { World } from '../e2e/world.ts';
import type { Asked, Ending } from './fault-calls.ts';
import { parameters, question, secondText, toolName } from './fault-question.ts';

/** The methods that make calls, by the names that the fault run has for them. */
export const grpcMethods = {
  grpc: { hasTools: true },
  'grpc.complete': { isAlwaysWhole: true },
  'grpc.embed': { isAlwaysWhole: true, embeds: true },
} as const;
export type GrpcMethod = keyof typeof grpcMethods;

/** What has come of an answer; filled in as it comes. */
interface Come {
  said: string;
  toolNames: number;
  hasSummary: boolean;
}

interface Run {
  readonly client: Client<GenerationServiceDefinition>;
  readonly asked: Asked;
  readonly options: { readonly metadata: Record<string, string>; readonly timeoutMs: number };
}

/** Never rejects. */
export async function askByGrpc(world: World, method: GrpcMethod, asked: Asked): Promise<Ending> {
  const transport = connectGrpc(world);
  const client = transport.client(GenerationServiceDefinition);
  const options = { metadata: { authorization: `Bearer ${world.key}` }, timeoutMs: asked.withinMs };
  const come: Come = { said: '', toolNames: 0, hasSummary: false };
  try {
    await methods[method]({ client, asked, options }, come);
    const { hasSummary } = come;
    return endingOf(come, { ended: hasSummary ? 'complete' : 'broken', problems: hasSummary ? [] : [noWord] });
  } catch (thrown) {
    return endingOf(come, brokenBy(thrown, come));
  } finally {
    await transport.close();
  }
}

const noWord = 'an end without a word';

function endingOf({ said, toolNames }: Come, ending: Pick<Ending, 'ended' | 'problems'> & Partial<Ending>): Ending {
  return { attempts: undefined, provider: '', shown: said.slice(-300), ...ending, said, toolNames };
}

function brokenBy(thrown: unknown, { hasSummary }: Come) {
  const because = thrown instanceof FaultError ? thrown.fault : undefined;
  const told = because?.details.attempts;
  return {
    ended: 'broken' as const,
    attempts: told === undefined ? undefined : Number(told),
    shown: String(thrown),
    problems: [
      ...(because === undefined ? ['an error that is no fault'] : []),
      ...(hasSummary ? ['a success and an error in one'] : []),
    ],
  };
}

const methods: Readonly<Record<GrpcMethod, (run: Run, come: Come) => Promise<void>>> = {
  async grpc(run, come) {
    const { client, asked, options } = run;
    const request = chatOf(asked);
    if (asked.stream) return readStream(run, come);
    const { summary, reply } = await client.generate(request, options);
    tookWhole(come, summary, reply === undefined ? '' : answerText(reply));
    come.toolNames = JSON.stringify(reply ?? '').split(toolName).length - 1;
  },
  async 'grpc.complete'({ client, asked, options }, come) {
    const request = { model: asked.model, prompt: question, maxOutputTokens: 200, stopSequences: [], endUser: '' };
    const { summary, text } = await client.complete({ ...request, sampling: undefined }, options);
    tookWhole(come, summary, text);
  },
  async 'grpc.embed'({ client, asked, options }, come) {
    const value = { inputs: [question, secondText] };
    const call = Call.fromPartial({ model: asked.model, task: { $case: 'embedding', value } });
    const { summary, reply } = await client.embed({ call }, options);
    tookWhole(come, summary, numbersIn(reply));
  },
};

async function readStream({ client, asked, options }: Run, come: Come): Promise<void> {
  for await (const { update } of client.generateStream(chatOf(asked), options)) {
    come.hasSummary ||= update?.$case === 'summary';
    const part = update?.$case === 'part' ? update.value.part : undefined;
    if (part?.$case === 'toolCallStarted') come.toolNames += 1;
    if (part?.$case === 'text') come.said += part.value.text;
  }
}

function chatOf({ model, withTool }: Asked) {
  const request = grpcQuestion(model, question, 200);
  if (!withTool || request.call?.task?.$case !== 'chat') return request;
  const tool = { name: toolName, parametersJson: JSON.stringify(parameters) };
  const value = { ...request.call.task.value, tools: [tool] };
  return { call: Call.fromPartial({ ...request.call, task: { $case: 'chat', value } }) };
}

function tookWhole(come: Come, summary: CallSummary | undefined, said: string): void {
  come.hasSummary = summary !== undefined;
  come.said = said;
}

function numbersIn(reply: Reply | undefined): string {
  return (reply?.embeddings ?? []).map(({ values }) => values.join(' ')).join('\n');
}
