// Assistants: a model with a way of being asked, under a name that callers can use.
import { z } from 'zod';
import { section, text, wholeNumber } from '../reading/fields.ts';
import { type ToolConfiguration, toolSection } from './tool.ts';

export interface PresetConfiguration {
  /** What callers ask for. */
  readonly name: string;
  /** For people; may be empty. */
  readonly description: string;
  /** Id of a model, or name of a route. */
  readonly model: string;
  readonly temperature: number | undefined;
  /** The most tokens an answer may have. */
  readonly maxTokens: number | undefined;
  /** Empty for none. */
  readonly systemPrompt: string;
  readonly tools: readonly ToolConfiguration[];
}

const givesName = 'give a name of letters, digits, spaces and . _ - : / @, at most 128 characters';
const presetName = z
  .string(`is missing; ${givesName}`)
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._:/@-]{0,126}[\p{L}\p{N}._:/@-])?$/u, `is wrong; ${givesName}`);

const givesTemperature = 'is wrong; give a number from 0 to 2, such as 0.7';
const temperature = z
  .string(givesTemperature)
  .regex(/^(?:[01](?:\.\d{1,9})?|0?\.\d{1,9}|2(?:\.0+)?)$/, { error: givesTemperature, abort: true })
  .transform(Number);

/** One entry of `presets`. Its tools are written out by now, and its provider has been checked against its model. */
export const presetSection = section({
  name: presetName,
  description: z.string().default(''),
  model: text,
  temperature: temperature.optional(),
  max_tokens: wholeNumber({ least: 1, most: 2 ** 32 - 1, unit: 'tokens' }).optional(),
  system_prompt: z.string('is wrong; give some text').default(''),
  tools: z.array(toolSection, 'is wrong; give a list of tools').default([]),
}).transform(
  (given): PresetConfiguration => ({
    name: given.name,
    description: given.description,
    model: given.model,
    temperature: given.temperature,
    maxTokens: given.max_tokens,
    systemPrompt: given.system_prompt,
    tools: given.tools,
  }),
);
