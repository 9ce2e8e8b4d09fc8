// Sampling as far as the API, the model and thinking let it be set.
import type { Sampling } from '@waybill/contracts';
import { type Support, supported } from '../encoding/support.ts';

type WireBody = Record<string, unknown>;

/** While a model thinks, only a high `top_p` may be set. */
const leastTopPWhileThinking = 0.95;

export function encodeSampling(
  sampling: Sampling | undefined,
  { thinks }: { readonly thinks: boolean },
  support: Support,
): WireBody {
  if (!sampling) return {};
  supported(support, 'sampling.frequency_penalty', sampling.frequencyPenalty);
  supported(support, 'sampling.presence_penalty', sampling.presencePenalty);
  supported(support, 'sampling.seed', sampling.seed);
  const temperature = encodeTemperature(supported(support, 'sampling.temperature', sampling.temperature), support);
  const top_p = supported(support, 'sampling.top_p', sampling.topP);
  const top_k = supported(support, 'sampling.top_k', sampling.topK);
  if (!thinks) return { temperature, top_p, top_k };
  const withheld = (name: string) => {
    support.leftOut(`sampling.${name}`, `this provider takes no such ${name} while the model thinks`);
  };
  if (temperature !== undefined && temperature !== 1) withheld('temperature');
  if (top_p !== undefined && top_p < leastTopPWhileThinking) withheld('top_p');
  if (top_k !== undefined) withheld('top_k');
  return { top_p: top_p !== undefined && top_p >= leastTopPWhileThinking ? top_p : undefined };
}

/** Other dialects go up to 2. */
function encodeTemperature(temperature: number | undefined, support: Support): number | undefined {
  if (temperature === undefined || temperature <= 1) return temperature;
  support.adjusted('sampling.temperature', `a temperature of ${temperature} became 1, the most this provider takes`);
  return 1;
}
