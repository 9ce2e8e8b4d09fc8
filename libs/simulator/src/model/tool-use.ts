// Whether the model calls tools, which, and with what arguments.
import { type JsonRecord, recordOf } from '../json.ts';
import type { Prompt, Tool } from './prompt.ts';
import { valueFromSchema } from './schema-value.ts';
import { countTokens } from './tokens.ts';
import { argumentWords } from './words.ts';

export interface ToolCall {
  readonly name: string;
  readonly arguments: JsonRecord;
  /** The arguments as JSON, in the pieces a stream sends; each piece is one token. */
  readonly pieces: readonly string[];
  readonly tokens: number;
}

const CHARACTERS_PER_PIECE = 8;

/** The calls that answer the last turn; none if it does not ask for one, or is already a tool's result. */
export function toolCallsFor(prompt: Prompt, forcedCount?: number): ToolCall[] {
  const last = prompt.turns.at(-1);
  if (prompt.tools.length === 0 || last?.role !== 'user') return [];
  const wanted = forcedCount === undefined ? wantedTools(prompt, last.text) : repeated(prompt.tools, forcedCount);
  const allowed = prompt.parallelTools === 'allowed' ? wanted : wanted.slice(0, 1);
  return allowed.map((tool, index) => toolCall(tool, last.text, index));
}

function wantedTools(prompt: Prompt, question: string): readonly Tool[] {
  const choice = prompt.toolChoice;
  switch (choice.mode) {
    case 'none':
      return [];
    case 'named':
      return prompt.tools.filter((tool) => tool.name === choice.name).slice(0, 1);
    case 'required': {
      const mentioned = mentionedTools(prompt.tools, question);
      return mentioned.length > 0 ? mentioned : prompt.tools.slice(0, 1);
    }
    case 'auto':
      return mentionedTools(prompt.tools, question);
    default:
      return choice satisfies never;
  }
}

/** A tool is asked for by its name, by a word of its name, or by "use the tool". */
function mentionedTools(tools: readonly Tool[], question: string): readonly Tool[] {
  const text = question.toLowerCase();
  const mentioned = tools.filter((tool) => nameWords(tool.name).some((word) => text.includes(word)));
  if (mentioned.length > 0) return mentioned;
  return /\b(tools?|functions?)\b/.test(text) ? tools.slice(0, 1) : [];
}

function nameWords(name: string): string[] {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_\-.]/);
  return [name.toLowerCase(), ...words.filter((word) => word.length >= 4)];
}

function repeated(tools: readonly Tool[], count: number): Tool[] {
  return Array.from({ length: count }, (_, index) => tools[index % tools.length] as Tool);
}

function toolCall(tool: Tool, question: string, index: number): ToolCall {
  const schema = { type: 'object', ...tool.parameters };
  const value = recordOf(valueFromSchema(schema, argumentWords(question, index)));
  const pieces = piecesOf(JSON.stringify(value));
  return { name: tool.name, arguments: value, pieces, tokens: countTokens(tool.name) + pieces.length };
}

function piecesOf(json: string): string[] {
  const characters = [...json];
  const count = Math.ceil(characters.length / CHARACTERS_PER_PIECE);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * CHARACTERS_PER_PIECE, (index + 1) * CHARACTERS_PER_PIECE).join(''),
  );
}
