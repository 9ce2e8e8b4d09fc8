// A tool that a preset brings with it, as OpenAI's interface describes one.
import { z } from 'zod';
import { flag, section } from '../reading/fields.ts';
import { schemaOf } from '../reading/json-schema.ts';
import { isTree } from '../reading/tree.ts';

export interface ToolConfiguration {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments, as text. */
  readonly parametersJson: string;
  readonly strict: boolean | undefined;
}

const givesName = 'give the name of the function, of letters, digits, _ and -, at most 64 characters';

const parameters = z.unknown().transform((value, context): string => {
  const schema = typeof value === 'string' ? parsed(value) : value;
  if (schema === undefined) return '';
  if (isTree(schema)) return JSON.stringify(typeof value === 'string' ? schema : schemaOf(schema));
  context.issues.push({
    code: 'custom',
    input: value,
    message: 'is wrong; give a JSON Schema, as a mapping or as JSON',
  });
  return z.NEVER;
});

/** Null where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const functionSection = section({
  name: z.string(`is missing; ${givesName}`).regex(/^[A-Za-z0-9_-]{1,64}$/, `is wrong; ${givesName}`),
  description: z.string().default(''),
  parameters: parameters.optional(),
  strict: flag.optional(),
});

/** One entry of `tools`: the function, alone or under `function` beside `type: function`. */
export const toolSection = z.preprocess(
  (given) => (isTree(given) && isTree(given.function) && given.type === 'function' ? given.function : given),
  functionSection.transform(
    ({ name, description, parameters: parametersJson = '', strict }): ToolConfiguration => ({
      name,
      description,
      parametersJson,
      strict,
    }),
  ),
);
