// models/{m}:generateContent -> the prompt, or the error Gemini would answer with.
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from '../../json.ts';
import { implicitCache } from '../../model/context-cache.ts';
import type { AnswerFormat, Prompt, Tool, ToolChoice, Turn } from '../../model/prompt.ts';
import type { Operation } from '../dialect.ts';
import { functionTool, promptTokens, readCap, reasoningFor, turn } from '../reading.ts';
import { invalid, isRefusal, type Refusal } from '../refusal.ts';
import { unsignedCall } from './signatures.ts';

const MOST_THINKING = 256;

export function readContents(body: JsonRecord, operation: Operation): Prompt | Refusal {
  const request = body.generateContentRequest === undefined ? body : recordOf(body.generateContentRequest);
  const config = recordOf(request.generationConfig);
  const turns = readTurns(request);
  if (isRefusal(turns)) return turns;
  const model = ('model' in operation && operation.model) || 'unknown';
  const unsigned = unsignedCall(model, request);
  if (unsigned !== undefined) return unsigned;
  const cap = readCap(config.maxOutputTokens, 'generation_config.max_output_tokens');
  if (typeof cap === 'object') return cap;
  const candidates = config.candidateCount ?? 1;
  if (candidates !== 1) return invalid('Only one candidate can be specified', 'generation_config.candidate_count');
  const inputTokens = promptTokens(turns, request.tools);
  const form = operation.kind === 'generate' ? operation.streamForm : undefined;
  return {
    model,
    turns,
    ...readToolChoice(request, readTools(request)),
    parallelTools: 'allowed',
    inputTokens,
    cache: implicitCache(turns, inputTokens),
    maxOutputTokens: cap,
    ...readThinking(recordOf(config.thinkingConfig)),
    stopSequences: textsOf(config.stopSequences),
    format: readFormat(config),
    delivery: form === undefined ? { kind: 'whole' } : { kind: 'stream', form, usage: 'included' },
    serviceTier: textOf(request.serviceTier ?? request.service_tier) || undefined,
  };
}

function readTurns(body: JsonRecord): Turn[] | Refusal {
  const contents = typeof body.contents === 'string' ? [{ parts: [{ text: body.contents }] }] : listOf(body.contents);
  if (contents.length === 0) return invalid('* GenerateContentRequest.contents: contents is not specified');
  const system = partsText(recordOf(body.systemInstruction ?? body.system_instruction));
  const turns = system === '' ? [] : [turn('system', system)];
  for (const content of contents.map(recordOf)) {
    const role = textOf(content.role ?? 'user');
    if (!['user', 'model', 'function'].includes(role)) return invalid('Please use a valid role: user, model.');
    turns.push(readTurn(role, content));
  }
  return turns;
}

function readTurn(role: string, content: JsonRecord): Turn {
  const parts = listOf(content.parts).map(recordOf);
  const results = parts.filter((part) => part.functionResponse !== undefined);
  const calls = parts.filter((part) => part.functionCall !== undefined);
  const files = parts.filter((part) => part.inlineData !== undefined || part.fileData !== undefined);
  const answered = results.map((part) => JSON.stringify(recordOf(part.functionResponse).response ?? {}));
  const text = [...answered, partsText(content)].filter(Boolean).join(' ');
  const speaker = role === 'model' ? 'assistant' : 'user';
  return turn(results.length > 0 ? 'tool' : speaker, text, files, calls.length > 0 ? calls : null);
}

function partsText(content: JsonRecord): string {
  return listOf(content.parts)
    .map((part) => textOf(recordOf(part).text))
    .join('');
}

function readTools(body: JsonRecord): Tool[] {
  const declarations = listOf(body.tools).flatMap((tool) => listOf(recordOf(tool).functionDeclarations));
  return declarations.map((declaration) => {
    const schemaField =
      recordOf(declaration).parametersJsonSchema === undefined ? 'parameters' : 'parametersJsonSchema';
    return functionTool(declaration, schemaField);
  });
}

/** `ANY` with allowed names leaves the model only those. */
function readToolChoice(body: JsonRecord, tools: readonly Tool[]): Pick<Prompt, 'tools' | 'toolChoice'> {
  const config = recordOf(recordOf(body.toolConfig).functionCallingConfig);
  const mode = textOf(config.mode).toUpperCase();
  if (mode !== 'ANY') return { tools, toolChoice: { mode: mode === 'NONE' ? 'none' : 'auto' } satisfies ToolChoice };
  const allowed = textsOf(config.allowedFunctionNames);
  const offered = allowed.length === 0 ? tools : tools.filter((tool) => allowed.includes(tool.name));
  return { tools: offered, toolChoice: { mode: 'required' } };
}

function readThinking(config: JsonRecord): Pick<Prompt, 'reasoningTokens' | 'showsReasoning'> {
  const budget = Number(config.thinkingBudget ?? 0);
  const dynamic = budget < 0 ? reasoningFor('medium') : Math.min(budget, MOST_THINKING);
  const reasoningTokens = reasoningFor(config.thinkingLevel) || dynamic || 0;
  return config.includeThoughts === true ? { reasoningTokens, showsReasoning: true } : { reasoningTokens };
}

function readFormat(config: JsonRecord): AnswerFormat {
  if (config.responseMimeType !== 'application/json') return { kind: 'text' };
  const schema = config.responseJsonSchema ?? config.responseSchema;
  return schema === undefined ? { kind: 'json' } : { kind: 'json', schema: recordOf(schema) };
}
