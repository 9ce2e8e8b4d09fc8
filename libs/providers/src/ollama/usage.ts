// Usage as Ollama counts it: two figures beside the answer.
import { objectOf } from '../reading/json.ts';
import { readCount, reportedUsage, type Suspicions, type UsageReader } from '../usage/count.ts';

/** The members of an answer's last line that make up the usage. */
export const usageMembers = ['prompt_eval_count', 'eval_count'] as const;

/** Reads those members. The prompt's count is left out when the whole prompt was cached; an embedding has no output. */
export const readOllamaUsage: UsageReader = (value, response) => {
  const raw = objectOf(value);
  const suspicions: Suspicions = new Set();
  const input = readCount(raw.prompt_eval_count, suspicions);
  const output = readCount(raw.eval_count, suspicions);
  if (input === undefined && output === undefined) return undefined;
  if (input === undefined) suspicions.add('input_missing');
  return reportedUsage(
    { inputTokens: input ?? 0, outputTokens: output ?? 0, batch: response.batch === true },
    suspicions,
  );
};
