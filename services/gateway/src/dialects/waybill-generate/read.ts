// A request of /api/generate -> the canonical call.
import { type Chat, Role, type Warning } from '@waybill/contracts';
import type { Result } from '@waybill/kernel';
import { z } from 'zod';
import type { BackOff } from '../../core/plan.ts';
import { message, textPart } from '../content.ts';
import type { ReadRequest } from '../dialect.ts';
import { modelName, tokenCount } from '../reading/fields.ts';
import { adjusted, warnOfIgnored } from '../reading/ignored.ts';
import { readBody } from '../reading/problem.ts';
import { writeTask } from './answer.ts';

/** A word that becomes part of a tag. */
const word = z
  .string()
  .regex(/^[\w.+# -]{1,64}$/, { error: 'is no short word; give up to 64 letters, digits or _.+#-' });

const retryConfig = z.object({
  max_attempts: z.int().min(1).max(100).nullish(),
  backoff_strategy: z.string().nullish(),
  backoff_factor: z.number().nullish(),
});

const generateRequest = z.object({
  ai_model: modelName,
  prompt: z.string().min(1, { error: 'is empty; give a text' }),
  system_message: z.string().nullish(),
  task_id: word.nullish(),
  language: word.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: tokenCount.nullish(),
  timeout: z.number().gt(0).max(86_400).nullish(),
  retry_config: retryConfig.nullish(),
});

type GenerateRequest = z.infer<typeof generateRequest>;

export function readGenerateRequest(body: unknown): Result<ReadRequest> {
  const read = readBody(generateRequest, body);
  if (!read.ok) return read;
  const wire = read.value;
  const { ai_model: model, task_id: task, language, timeout, retry_config: retries } = wire;
  return {
    ok: true,
    value: {
      call: { model, task: { $case: 'chat', value: readChat(wire) }, endUser: '', serviceTier: '' },
      endUser: '',
      warnings: [...warnOfIgnored(body, read.value), ...warnOfBackOff(retries)],
      answer: { whole: writeTask({ model, language: language ?? '' }), frames: undefined },
      wishes: {
        timeoutMs: timeout ? Math.ceil(timeout * 1_000) : undefined,
        mostAttempts: retries?.max_attempts ?? undefined,
        backOff: retries ? backOffOf(retries) : undefined,
      },
      tags: [...(task ? [`task:${task}`] : []), ...(language ? [`language:${language}`] : [])],
    },
  };
}

function readChat({ prompt, system_message: system, temperature, max_tokens: cap }: GenerateRequest): Chat {
  const asked = message(Role.USER, [textPart(prompt)]);
  return {
    messages: system ? [message(Role.SYSTEM, [textPart(system)]), asked] : [asked],
    tools: [],
    toolChoice: undefined,
    outputFormat: undefined,
    reasoning: undefined,
    sampling: { temperature: temperature ?? undefined },
    maxOutputTokens: cap ?? undefined,
    stopSequences: [],
    stream: false,
  };
}

const growths: ReadonlyMap<string, BackOff['growth']> = new Map([
  ['exponential', 'exponential'],
  ['linear', 'linear'],
  ['fixed', 'fixed'],
  ['constant', 'fixed'],
]);

/** How waits grow: as wished, within the gateway's bounds for the first and the longest of them. */
function backOffOf({ backoff_strategy: strategy, backoff_factor: factor }: z.infer<typeof retryConfig>): BackOff {
  const growth = growths.get((strategy ?? 'exponential').toLowerCase()) ?? 'exponential';
  return { growth, factor: Math.min(10, Math.max(1, factor ?? 2)) };
}

function warnOfBackOff(retries: GenerateRequest['retry_config']): Warning[] {
  if (!retries) return [];
  const { backoff_strategy: strategy, backoff_factor: asked } = retries;
  const isKnown = growths.has((strategy ?? 'exponential').toLowerCase());
  const { factor } = backOffOf(retries);
  return [
    ...(isKnown ? [] : [adjusted('retry_config.backoff_strategy', 'is unknown: exponential was used')]),
    ...((asked ?? factor) === factor ? [] : [adjusted('retry_config.backoff_factor', `was taken as ${factor}`)]),
  ];
}
