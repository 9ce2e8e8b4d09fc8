// Adds up what a call's prompt consists of, by one way of measuring its pieces.
import type { Call, Chat, ContentPart, Tool } from '@waybill/contracts';

/** What each piece of a prompt counts for, in tokens. */
export interface InputMeasure {
  readonly perCall: number;
  readonly perMessage: number;
  readonly perPart: number;
  readonly perTool: number;
  /** Once, when there are tools. */
  readonly perToolbox: number;
  /** Once, when the answer must have a shape. */
  readonly perSchema: number;
  readonly perImage: number;
  document(sizeBytes: number): number;
  audio(sizeBytes: number): number;
  text(text: string): number;
  /** Signatures and other state that only the provider reads. */
  opaque(sizeBytes: number): number;
}

/** The prompt's size by a measure. */
export function measureInput(call: Call, measure: InputMeasure): number {
  switch (call.task?.$case) {
    case 'chat':
      return measure.perCall + chatSize(call.task.value, measure);
    case 'embedding':
      return measure.perCall + sum(call.task.value.inputs, (input) => measure.perPart + measure.text(input));
    default:
      return measure.perCall;
  }
}

function chatSize({ messages, tools, outputFormat }: Chat, measure: InputMeasure): number {
  const ofMessages = sum(messages, ({ name, parts }) => {
    return measure.perMessage + measure.text(name) + sum(parts, (part) => partSize(part, measure));
  });
  const ofTools = tools.length === 0 ? 0 : measure.perToolbox + sum(tools, (tool) => toolSize(tool, measure));
  const ofSchema = outputFormat ? measure.perSchema + measure.text(outputFormat.schemaJson) : 0;
  return ofMessages + ofTools + ofSchema;
}

function toolSize({ name, description, parametersJson }: Tool, measure: InputMeasure): number {
  return measure.perTool + texts(measure, name, description, parametersJson);
}

function partSize({ part }: ContentPart, measure: InputMeasure): number {
  const { perPart, perTool } = measure;
  switch (part?.$case) {
    case 'text':
    case 'refusal':
      return perPart + measure.text(part.value.text);
    case 'image':
      return perPart + measure.perImage;
    case 'document': {
      const { source, fileName } = part.value;
      const sizeBytes = source?.$case === 'content' ? source.value.length : 0;
      return perPart + measure.text(fileName) + measure.document(sizeBytes);
    }
    case 'audio':
      return perPart + measure.audio(part.value.content.length);
    case 'toolCall': {
      const { id, name, argumentsJson, providerState } = part.value;
      return perTool + texts(measure, id, name, argumentsJson) + measure.opaque(providerState.length);
    }
    case 'toolResult': {
      const { toolCallId, name, parts } = part.value;
      return perTool + texts(measure, toolCallId, name) + sum(parts, (inner) => partSize(inner, measure));
    }
    case 'reasoning': {
      const { text, signature, redacted } = part.value;
      return perPart + measure.text(text) + measure.opaque(signature.length + redacted.length);
    }
    default:
      return 0;
  }
}

function texts(measure: InputMeasure, ...all: string[]): number {
  return sum(all, (text) => measure.text(text));
}

function sum<Item>(items: readonly Item[], sizeOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0);
}
