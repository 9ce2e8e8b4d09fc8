// What an answer says, read out of each HTTP dialect as its clients read it.

type Fields = Readonly<Record<string, unknown>>;

/** Of an answer in one piece, or of all events of a stream; text that cannot be read is left as it came. */
export function saidIn(text: string, stream: boolean): string {
  return (stream ? eventsIn(text) : [text]).map(saidInOne).join('');
}

function eventsIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => line.slice('data: '.length));
}

function saidInOne(json: string): string {
  const fields = fieldsOf(parse(json));
  const { type, delta, output, content, choices, text, data } = fields;
  if (Array.isArray(data)) return data.map(numbersIn).join('\n');
  if (typeof type === 'string' && type.startsWith('response.')) return textOf(type === deltaOfResponse ? delta : '');
  if (Array.isArray(output))
    return output
      .flatMap((item) => listOf(fieldsOf(item).content))
      .map(textIn)
      .join('');
  if (Array.isArray(content)) return content.map(textIn).join('');
  if (Array.isArray(choices)) return choices.map(saidInChoice).join('');
  return textOf(fieldsOf(delta).text) + textOf(text);
}

const deltaOfResponse = 'response.output_text.delta';

function saidInChoice(choice: unknown): string {
  const { delta, message, text } = fieldsOf(choice);
  return textOf(fieldsOf(delta).content) + textOf(fieldsOf(message).content) + textOf(text);
}

function numbersIn(entry: unknown): string {
  return listOf(fieldsOf(entry).embedding).join(' ');
}

function textIn(part: unknown): string {
  return textOf(fieldsOf(part).text);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return { text: json };
  }
}

const fieldsOf = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Fields;
const listOf = (value: unknown) => (Array.isArray(value) ? value : []);
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
