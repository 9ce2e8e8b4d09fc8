import { expect, test } from '@jest/globals';
import { codeIn } from './code.ts';

test.each([
  ['plain code', 'import json\nprint(1)\n', 'python', 'import json\nprint(1)\n'],
  ['one block among words', 'Here:\n```python\nprint(1)\n```\nDone.', 'python', 'print(1)\n'],
  ['two blocks of the language', '```py\na\n```\n```python\nb\n```\n```Python\nc\n```', 'python', 'b\n\nc\n'],
  ['blocks of other languages only', '```\na\n```\nand\n```sh\nb\n```', 'python', 'a\n\nb\n'],
  ['a block that was cut', 'Here:\n```python\nprint(', 'python', 'print('],
  ['a fence inside a longer fence', '````md\n```\nx\n```\n````', 'md', '```\nx\n```\n'],
  ['tildes', '~~~python\nprint(1)\n~~~', '', 'print(1)\n'],
  ['nothing', '', 'python', ''],
])('%s', (_, answer, language, code) => {
  expect(codeIn(answer, language)).toBe(code);
});

test('an answer of fences alone takes no long time', () => {
  expect(codeIn('```\n'.repeat(20_000), 'python')).toBe('\n'.repeat(9_999));
});
