import { writeCallId } from '../content.ts';
import { type Deltas, deltaOf } from '../openai/frames.ts';

/** Tool calls held back until the end, since Mistral's SDK reads none without its name; all else as it comes. */
export function wholeCalls(): Deltas {
  const calls = new Map<number, { readonly id: string; readonly name: string; written: string }>();
  return {
    of(replyPart) {
      const { part } = replyPart;
      if (part?.$case === 'toolCallStarted') {
        calls.set(part.value.index, { id: writeCallId(part.value), name: part.value.name, written: '' });
        return undefined;
      }
      if (part?.$case !== 'toolCallArguments') return deltaOf(replyPart);
      const call = calls.get(part.value.index);
      if (call !== undefined) call.written += part.value.fragment;
      return undefined;
    },
    rest() {
      const written = [...calls].map(([index, call]) => {
        const called = { name: call.name, arguments: call.written };
        return { index, id: call.id, type: 'function', function: called };
      });
      return written.length === 0 ? [] : [{ tool_calls: written }];
    },
  };
}
