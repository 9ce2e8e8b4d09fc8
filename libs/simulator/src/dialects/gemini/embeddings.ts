// POST :embedContent, one text, and :batchEmbedContents, several.
import { type Json, type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import type { EmbeddingReply, EmbeddingRequest, Operation } from '../dialect.ts';
import { readCap } from '../reading.ts';
import { invalid, type Refusal } from '../refusal.ts';

const MOST_REQUESTS = 100;

const taskTypes: readonly string[] = [
  'TASK_TYPE_UNSPECIFIED',
  'RETRIEVAL_QUERY',
  'RETRIEVAL_DOCUMENT',
  'SEMANTIC_SIMILARITY',
  'CLASSIFICATION',
  'CLUSTERING',
  'QUESTION_ANSWERING',
  'FACT_VERIFICATION',
  'CODE_RETRIEVAL_QUERY',
];

export function readEmbedContents(body: JsonRecord, operation: Operation): EmbeddingRequest | Refusal {
  const model = operation.kind === 'embed' ? (operation.model ?? '') : '';
  const form = operation.kind === 'embed' ? operation.form : undefined;
  const requests = (form === 'single' ? [body] : listOf(body.requests)).map(recordOf);
  if (requests.length === 0) return invalid('BatchEmbedContentsRequest.requests: at least one is needed');
  if (requests.length > MOST_REQUESTS) return invalid(`at most ${MOST_REQUESTS} requests can be in one batch`);
  const texts: string[] = [];
  for (const [index, request] of requests.entries()) {
    const text = readRequest(request, { index, model, isBatch: form === undefined });
    if (typeof text !== 'string') return text;
    texts.push(text);
  }
  const dimensions = readCap(requests[0]?.outputDimensionality, 'output_dimensionality');
  return typeof dimensions === 'object' ? dimensions : { model, texts, dimensions, encoding: 'float', form };
}

function readRequest(
  request: JsonRecord,
  { index, model, isBatch }: { index: number; model: string; isBatch: boolean },
): string | Refusal {
  const place = isBatch ? `requests[${index}].` : '';
  if (isBatch && textOf(request.model).split(/[#~]/)[0] !== `models/${model}`) {
    return invalid(`${place}model must match the model in the parent field of the URL`);
  }
  const taskType = textOf(request.taskType);
  if (taskType !== '' && !taskTypes.includes(taskType)) return invalid(`${place}taskType: invalid value ${taskType}`);
  const text = contentText(request.content);
  return text === '' ? invalid(`${place}content is required`) : text;
}

function contentText(content: Json | undefined): string {
  return listOf(recordOf(content).parts)
    .map((part) => textOf(recordOf(part).text))
    .join('');
}

export function embedContentsReply({ vectors, form, usage }: EmbeddingReply): JsonRecord {
  const entries = vectors.map((vector) => ({ values: [...vector] }));
  const usageMetadata = usage;
  return form === 'single' ? { embedding: entries[0], usageMetadata } : { embeddings: entries, usageMetadata };
}
