// Counting the tokens of a prompt: the messages request with what bears on the prompt alone.
import type { TokenCounter } from '../codec.ts';
import { parseExactly, writeJson } from '../reading/exact.ts';
import { decodeUtf8, objectOf, parseJson } from '../reading/json.ts';
import { maxCount } from '../usage/count.ts';
import { encodeRequest } from './encode.ts';

/** The other fields of a messages request are refused here. */
const counted = ['model', 'system', 'messages', 'tools', 'tool_choice', 'thinking', 'output_config'];

export function messageCounter(apiVersion: string): TokenCounter {
  return {
    endpoint: () => ({ method: 'POST', path: '/v1/messages/count_tokens' }),
    encode(request) {
      const encoded = encodeRequest(apiVersion, request);
      if (!encoded.ok) return encoded;
      const fields = objectOf(parseExactly(encoded.value.body));
      const body = writeJson(Object.fromEntries(counted.map((name) => [name, fields[name]])));
      return { ok: true, value: { ...encoded.value, body: body ?? '{}' } };
    },
    decode({ body }) {
      const { input_tokens: tokens } = objectOf(parseJson(decodeUtf8(body)));
      const isCount = typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0 && tokens <= maxCount;
      return isCount ? tokens : undefined;
    },
  };
}
