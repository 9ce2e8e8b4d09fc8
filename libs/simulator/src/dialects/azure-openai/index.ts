// OpenAI's models at Azure, by deployments with an api-version and by the v1 address, with its content filter.
import type { JsonRecord } from '../../json.ts';
import { listOf, recordOf } from '../../json.ts';
import type { Operation, Received, Reply } from '../dialect.ts';
import type { Framing } from '../framing.ts';
import { operation as openAiOperation, speaking } from '../openai/index.ts';
import { type ChatChunk, chatCompletion, chunksOf, framed } from '../openai/reply.ts';
import { bearerToken, headerText } from '../reading.ts';
import { errorBody, refuse } from './errors.ts';

const unfiltered = { filtered: false, severity: 'safe' };
const filters = { hate: unfiltered, self_harm: unfiltered, sexual: unfiltered, violence: unfiltered };

/** A deployment is asked with an api-version; the resource with one, or at its v1 address. */
function operation(received: Received): Operation | undefined {
  const { path, query } = received;
  const ofV1 = /^\/v1(\/.+)$/.exec(path)?.[1];
  if (ofV1 !== undefined) return openAiOperation({ ...received, path: ofV1 });
  if (!query.has('api-version')) return undefined;
  const ofDeployment = /^\/deployments\/([^/]+)(\/.+)$/.exec(path);
  if (ofDeployment === null) return path === '/responses' ? openAiOperation(received) : undefined;
  const [, model = '', below = ''] = ofDeployment;
  const asked = below === '/responses' ? undefined : openAiOperation({ ...received, path: below });
  if (asked === undefined || asked.kind === 'token' || asked.kind === 'batch' || asked.kind === 'file')
    return undefined;
  return { ...asked, model };
}

function withFilters(body: JsonRecord): JsonRecord {
  const choices = listOf(body.choices).map((choice) => ({ ...recordOf(choice), content_filter_results: filters }));
  return { ...body, choices };
}

const promptFilters = [
  { prompt_index: 0, content_filter_results: { ...filters, jailbreak: { filtered: false, detected: false } } },
];

/** The first chunk tells what the filter made of the prompt, and nothing else. */
const firstChunk: ChatChunk = {
  json: { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: promptFilters },
  tokens: 0,
  part: 'start',
};

function frames(reply: Reply, framing: Framing) {
  const chunks = chunksOf(reply).map((chunk) =>
    typeof chunk.json === 'string' ? chunk : { ...chunk, json: withFilters(chunk.json) },
  );
  return framed([firstChunk, ...chunks], framing);
}

export const azureOpenAi = speaking(
  {
    id: 'azure-openai',
    mounts: ['/azure/openai'],
    credential: ({ headers }) => headerText(headers['api-key']) ?? bearerToken(headers.authorization),
    operation,
    headers: (requestId) => ({
      'apim-request-id': requestId,
      'x-request-id': requestId,
      'x-ms-region': 'Sweden Central',
      'x-ratelimit-remaining-requests': '99',
      'x-ratelimit-remaining-tokens': '99000',
    }),
    refuse,
    errorFrame: (refusal, _requestId, framing) => framing.frame(errorBody(refusal)),
  },
  {
    reply: (reply) => ({ ...withFilters(chatCompletion(reply)), prompt_filter_results: promptFilters }),
    frames,
  },
);
