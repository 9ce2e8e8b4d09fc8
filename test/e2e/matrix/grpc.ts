// GenerationService over gRPC: Generate and GenerateStream, and Complete.
import {
  Call,
  type CallSummary,
  type ContentPart,
  GenerationServiceDefinition,
  type Message,
  OutputFormat_Kind,
  type Reply,
  type ReplyPart,
  Role,
  type Usage,
  type Warning,
} from '@waybill/contracts';
import { answerText, foldReply } from '@waybill/providers';
import type { Transport } from '@waybill/rpc';
import type { World } from '../world.ts';
import { type Asked, type Driver, features, type Seen } from './asked.ts';

type Fields = NonNullable<Parameters<(typeof Call)['fromPartial']>[0]['task']>;
type Turn = Pick<Message, 'role' | 'parts'>;

export function grpcGenerate(transport: Transport, { key }: World): Driver {
  const client = transport.client(GenerationServiceDefinition);
  const options = { metadata: { authorization: `Bearer ${key}` }, timeoutMs: 20_000 };
  const read = async (asked: Asked, turns: readonly Turn[]): Promise<Read> => {
    const call = callOf(asked, turns);
    if (!asked.stream) {
      const { reply, summary } = await client.generate({ call }, options);
      return { reply: reply!, summary: summary!, pieces: 0 };
    }
    const parts: ReplyPart[] = [];
    let summary: CallSummary | undefined;
    for await (const { update } of client.generateStream({ call }, options)) {
      if (update?.$case === 'part') parts.push(update.value);
      if (update?.$case === 'summary') summary = update.value;
    }
    if (summary === undefined) throw new Error('a stream without its summary');
    return { reply: foldReply(parts), summary, pieces: parts.filter(isPiece).length };
  };
  const ask = async (asked: Asked, turns: readonly Turn[]): Promise<Seen> => {
    const { reply, summary, pieces } = await read(asked, turns);
    const goOn = (result: string) =>
      ask({ ...asked, stream: false }, [
        ...turns,
        { role: Role.ASSISTANT, parts: reply.content },
        resultTurn(reply, result),
      ]);
    return { ...seenIn(reply, summary), pieces, goOn };
  };
  return {
    name: 'gRPC `Generate`',
    client: 'GenerationService',
    tellsReasoning: true,
    features,
    ask: (asked) => ask(asked, [questionOf(asked)]),
  };
}

interface Read {
  readonly reply: Reply;
  readonly summary: CallSummary;
  readonly pieces: number;
}

function isPiece({ part }: ReplyPart): boolean {
  return part?.$case === 'text' || part?.$case === 'toolCallArguments';
}

function partOf(part: NonNullable<ContentPart['part']>): ContentPart {
  return { part, cacheBreakpoint: undefined };
}

function questionOf({ question, picture }: Asked): Turn {
  const parts = [partOf({ $case: 'text', value: { text: question } })];
  if (picture !== undefined) {
    const source = { $case: 'content', value: Buffer.from(picture, 'base64') } as const;
    parts.push(partOf({ $case: 'image', value: { source, mediaType: 'image/png', detail: '' } }));
  }
  return { role: Role.USER, parts };
}

function resultTurn({ content }: Reply, result: string): Turn {
  const parts = content.flatMap(({ part }) => {
    if (part?.$case !== 'toolCall') return [];
    const { id, name } = part.value;
    const said = [partOf({ $case: 'text', value: { text: result } })];
    return [partOf({ $case: 'toolResult', value: { toolCallId: id, name, parts: said, isError: false } })];
  });
  return { role: Role.TOOL, parts };
}

function callOf({ model, tools, parallel, schema, thinks, stream }: Asked, messages: readonly Turn[]): Call {
  const task: Fields = {
    $case: 'chat',
    value: {
      messages: [...messages],
      tools: tools.map(({ name, schema: parameters }) => ({ name, parametersJson: JSON.stringify(parameters) })),
      parallelToolCalls: parallel,
      stream,
      outputFormat: schema && {
        kind: OutputFormat_Kind.JSON_SCHEMA,
        schemaName: 'answer',
        schemaJson: JSON.stringify(schema),
        strict: true,
      },
      reasoning: thinks ? { effort: 'low' } : undefined,
    },
  };
  return Call.fromPartial({ model, task });
}

function seenIn(reply: Reply, { callId, providerId }: CallSummary): Omit<Seen, 'pieces'> {
  const parts = reply.content.flatMap(({ part }) => (part ? [part] : []));
  const calls = parts.flatMap((part) => (part.$case === 'toolCall' ? [part.value] : []));
  const thinks = (reply.usage?.reasoningTokens ?? 0) > 0 || parts.some(({ $case }) => $case === 'reasoning');
  return {
    ...{ callId, providerId, calls, showsReasoning: thinks },
    text: answerText(reply),
    warnings: toldWarnings(reply.warnings),
    ...tokensOf(reply.usage),
  };
}

function toldWarnings(warnings: readonly Warning[]): string {
  return warnings.map(({ subject, message }) => `${subject} ${message}`).join('; ');
}

function tokensOf(usage: Usage | undefined) {
  if (usage === undefined) return { inputTokens: undefined, outputTokens: undefined };
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite30mTokens, cacheWrite1hTokens } = usage;
  return {
    inputTokens:
      inputTokens +
      cacheReadTokens +
      cacheWrite5mTokens +
      cacheWrite30mTokens +
      cacheWrite1hTokens +
      usage.imageInputTokens,
    outputTokens: usage.outputTokens + usage.reasoningTokens,
  };
}

export function grpcComplete(transport: Transport, { key }: World): Driver {
  const client = transport.client(GenerationServiceDefinition);
  const options = { metadata: { authorization: `Bearer ${key}` }, timeoutMs: 20_000 };
  return {
    name: 'gRPC `Complete`',
    client: 'GenerationService',
    tellsReasoning: false,
    features: ['text', 'usage'],
    async ask({ model, question: prompt }) {
      const asked = { model, prompt, maxOutputTokens: undefined, stopSequences: [], sampling: undefined, endUser: '' };
      const { text, usage, warnings, summary } = await client.complete(asked, options);
      const { callId = '', providerId = '' } = summary ?? {};
      const told = { callId, providerId, warnings: toldWarnings(warnings), ...tokensOf(usage) };
      return { ...told, text, pieces: 0, calls: [], showsReasoning: false };
    },
  };
}
