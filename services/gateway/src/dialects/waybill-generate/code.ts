// Finds the code in an answer.

interface Block {
  readonly language: string;
  readonly lines: string[];
}

/** A line that opens a block, or that closes one when nothing follows its marks. */
const fence = /^[ \t]{0,16}(`{3,}|~{3,})[ \t]*([^\s`]*)/;

/**
 * The fenced blocks of the language, or of any language when none is of it, one after the other; an answer without
 * fences is code as it is.
 */
export function codeIn(answer: string, language: string): string {
  const blocks = blocksIn(answer);
  if (blocks.length === 0) return answer;
  const ofLanguage = blocks.filter((block) => block.language === language.toLowerCase());
  return (ofLanguage.length > 0 ? ofLanguage : blocks).map(({ lines }) => lines.join('')).join('\n');
}

/** A block that the answer does not close goes to its end. */
function blocksIn(answer: string): Block[] {
  const blocks: Block[] = [];
  let opening = '';
  for (const line of answer.split(/(?<=\n)/)) {
    const [, marks = '', language = ''] = fence.exec(line) ?? [];
    if (opening === '' && marks !== '') {
      opening = marks;
      blocks.push({ language: language.toLowerCase(), lines: [] });
    } else if (opening !== '' && language === '' && marks.startsWith(opening)) {
      opening = '';
    } else if (opening !== '') {
      blocks.at(-1)!.lines.push(line);
    }
  }
  return blocks;
}
