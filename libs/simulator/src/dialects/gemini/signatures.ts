// Since version 3 the calls of the turn that is going on have to come back with their thought signatures.
import { type JsonRecord, listOf, recordOf, textOf } from '../../json.ts';
import { invalid, type Refusal } from '../refusal.ts';

export const THOUGHT_SIGNATURE = 'c2ltdWxhdGVkLXRob3VnaHQ=';

/** Ours, and what is documented for calls that no model of theirs made. */
const accepted = [THOUGHT_SIGNATURE, 'skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

export function unsignedCall(model: string, body: JsonRecord): Refusal | undefined {
  if (!/^gemini-(?:[3-9]|\d\d)/.test(model)) return undefined;
  const contents = listOf(body.contents).map(recordOf);
  const turnBegins = contents.findLastIndex(
    (content) => content.role !== 'model' && !holds(content, 'functionResponse'),
  );
  for (const content of contents.slice(turnBegins + 1)) {
    const first = partsOf(content).find((part) => part.functionCall !== undefined);
    if (first === undefined || content.role !== 'model') continue;
    const name = textOf(recordOf(first.functionCall).name);
    const signature = textOf(first.thoughtSignature ?? first.thought_signature);
    if (signature === '') return invalid(`Function call ${name} is missing a thought_signature in functionCall parts.`);
    if (!accepted.includes(signature)) return invalid(`Thought signature of function call ${name} is not valid.`);
  }
  return undefined;
}

function holds(content: JsonRecord, kind: string): boolean {
  return partsOf(content).some((part) => part[kind] !== undefined);
}

function partsOf(content: JsonRecord): JsonRecord[] {
  return listOf(content.parts).map(recordOf);
}
