// What is asked for over gRPC, checked: the canonical call, whole enough to be made.
import { Call, type Chat, type CompleteRequest, type Embedding, Role } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';

/** What a call asks for that names no model; undefined where it has to. */
export type DefaultModel = string | undefined;

/** Which of the two methods was called says whether the caller streams. */
export function streamed(given: Call | undefined, stream: boolean, defaultModel: DefaultModel): Call {
  const call = named(given, 'call.model', defaultModel);
  if (call.task?.$case !== 'chat') throw missing('call.chat', 'holds the conversation; embeddings have another method');
  return { ...call, task: { $case: 'chat', value: { ...checkedChat(call.task.value), stream } } };
}

export function prompt(request: CompleteRequest, defaultModel: DefaultModel): Call {
  const { prompt: text, endUser, model, ...settings } = request;
  if (text === '') throw missing('prompt', 'is what to answer');
  checkCap('max_output_tokens', settings.maxOutputTokens);
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  const call = Call.fromPartial({ model, endUser, task: { $case: 'chat', value: { ...settings, messages } } });
  return named(call, 'model', defaultModel);
}

export function embedding(given: Call | undefined, defaultModel: DefaultModel): Call {
  const call = named(given, 'call.model', defaultModel);
  if (call.task?.$case !== 'embedding') throw missing('call.embedding', 'holds the texts; chats have other methods');
  checkTexts(call.task.value);
  return call;
}

/** Either of the two kinds. */
export function priced(given: Call | undefined, defaultModel: DefaultModel): Call {
  return given?.task?.$case === 'embedding' ? embedding(given, defaultModel) : streamed(given, false, defaultModel);
}

function named(call: Call | undefined, field: string, defaultModel: DefaultModel): Call {
  const model = call?.model || defaultModel;
  if (!model) throw missing(field, 'names the model to ask');
  return { ...(call ?? Call.create()), model };
}

function checkedChat(chat: Chat): Chat {
  if (chat.messages.length === 0) throw missing('call.chat.messages', 'has at least one message');
  checkCap('call.chat.max_output_tokens', chat.maxOutputTokens);
  return chat;
}

/** To providers no cap would be none at all. */
function checkCap(field: string, cap: number | undefined): void {
  if (cap === 0) throw invalid(field, 'is 0; give at least 1, or leave it out');
}

/** With more inputs the answer might not fit into one message. */
const mostInputs = 1_000;

function checkTexts({ inputs }: Embedding): void {
  const field = 'call.embedding.inputs';
  if (inputs.length === 0) throw missing(field, 'has at least one text');
  if (inputs.length <= mostInputs && !inputs.includes('')) return;
  throw invalid(field, `may have ${mostInputs} texts, none of them empty`);
}

function missing(field: string, what: string): FaultError {
  return invalid(field, `is missing: it ${what}`);
}

function invalid(field: string, what: string): FaultError {
  return new FaultError(fault('invalid', `${field} ${what}`, { details: { field } }));
}
