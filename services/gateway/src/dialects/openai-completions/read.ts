// A request of OpenAI's legacy completions -> the canonical call.
import { type Chat, Role } from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { z } from 'zod';
import { message, textPart } from '../content.ts';
import type { AnswerLabel, ReadRequest } from '../dialect.ts';
import { instead, modelName, tokenCount } from '../reading/fields.ts';
import { warnOfIgnored } from '../reading/ignored.ts';
import { readBody } from '../reading/problem.ts';
import { writeTextCompletion } from './answer.ts';
import { textFrames } from './frames.ts';

/** Numbers of tokens mean something to the tokenizer of one model only, and the call may go to another. */
const text = z.string({
  error: ({ input }) =>
    typeof input === 'number' || Array.isArray(input)
      ? 'is given as tokens; give it as text, since models number their tokens differently'
      : undefined,
});

const one = z.literal(1, { error: 'has to be 1; ask once for each answer' }).nullish();

const completionsRequest = z.object({
  model: modelName,
  prompt: z.union([
    text.min(1),
    z
      .array(text)
      .min(1)
      .refine(({ length }) => length === 1, { error: 'has several texts; ask once for each' }),
  ]),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokenCount.nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.int().nullish(),
  user: z.string().max(512).nullish(),
  n: one,
  best_of: one,
  echo: z.literal(false, { error: 'is not supported; the prompt is yours already' }).nullish(),
  suffix: instead('is not supported; answers only follow a prompt'),
  logprobs: instead('is not supported; answers are text'),
});

type CompletionsRequest = z.infer<typeof completionsRequest>;

export function readCompletionsRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(completionsRequest, body);
  if (!read.ok) return read;
  const wire = read.value;
  const value = readPrompt(wire);
  return {
    ok: true,
    value: {
      call: { model: wire.model, task: { $case: 'chat', value }, endUser: '', serviceTier: '' },
      endUser: wire.user ?? '',
      warnings: warnOfIgnored(body, read.value),
      answer: { whole: writeTextCompletion, frames: value.stream ? framesFor(wire) : undefined },
    },
  };
}

function framesFor({ stream_options: options }: CompletionsRequest) {
  return (label: AnswerLabel) => textFrames(label, { wantsUsage: options?.include_usage === true });
}

function readPrompt(wire: CompletionsRequest): Chat {
  const prompt = typeof wire.prompt === 'string' ? wire.prompt : wire.prompt[0]!;
  return {
    messages: [message(Role.USER, [textPart(prompt)])],
    tools: [],
    toolChoice: undefined,
    outputFormat: undefined,
    reasoning: undefined,
    sampling: {
      temperature: wire.temperature ?? undefined,
      topP: wire.top_p ?? undefined,
      frequencyPenalty: wire.frequency_penalty ?? undefined,
      presencePenalty: wire.presence_penalty ?? undefined,
      seed: typeof wire.seed === 'number' ? BigInt(wire.seed) : undefined,
    },
    maxOutputTokens: wire.max_tokens ?? undefined,
    stopSequences: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? []),
    stream: wire.stream === true,
  };
}
