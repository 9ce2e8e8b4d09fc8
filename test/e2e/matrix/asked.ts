// What is asked in every dialect, and what its caller could see of the answer.

export const features = [
  'text',
  'stream',
  'tools',
  'parallel tools',
  'vision',
  'structured output',
  'reasoning',
  'usage',
] as const;

export type Feature = (typeof features)[number];

export interface AskedTool {
  readonly name: string;
  readonly schema: Record<string, unknown>;
}

/** One question, in no dialect's words. */
export interface Asked {
  readonly model: string;
  readonly question: string;
  readonly stream: boolean;
  readonly tools: readonly AskedTool[];
  /** More than one tool may be called at once; undefined says nothing about that. */
  readonly parallel?: boolean;
  /** PNG, base64. */
  readonly picture?: string;
  readonly schema?: Record<string, unknown>;
  readonly thinks?: boolean;
}

export interface SeenCall {
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** What came back; a driver throws for an error, and for an answer without its end. */
export interface Seen {
  readonly text: string;
  /** Pieces of text or of arguments that a stream brought. */
  readonly pieces: number;
  readonly calls: readonly SeenCall[];
  /** A trace, or tokens of reasoning. */
  readonly showsReasoning: boolean;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  /** As they are told: subject and message of each. */
  readonly warnings: string;
  readonly callId: string;
  readonly providerId: string;
  /** Asks again with this result for each tool call; absent where the dialect has no tools. */
  readonly goOn?: (result: string) => Promise<Seen>;
}

/** A dialect as its own client speaks it. */
export interface Driver {
  /** As the README names it. */
  readonly name: string;
  /** Who reads the answers. */
  readonly client: string;
  /** What the dialect has a place for. */
  readonly features: readonly Feature[];
  /** It has a place for how many tokens were reasoning. */
  readonly tellsReasoning: boolean;
  ask(asked: Asked): Promise<Seen>;
}

/** What answers tell in their headers. */
export function toldIn(headers: Headers): Pick<Seen, 'warnings' | 'callId' | 'providerId'> {
  return {
    warnings: headers.get('x-waybill-warnings') ?? '',
    callId: headers.get('x-waybill-call-id') ?? '',
    providerId: headers.get('x-waybill-provider') ?? '',
  };
}

/** Tool calls that come in pieces, by their place. */
export function gatherCalls() {
  const calls: { id: string; name: string; argumentsJson: string }[] = [];
  return {
    calls,
    add(place: number, { id = '', name = '', fragment = '' }: { id?: string; name?: string; fragment?: string }): void {
      calls[place] ??= { id: '', name: '', argumentsJson: '' };
      const call = calls[place]!;
      call.id ||= id;
      call.name ||= name;
      call.argumentsJson += fragment;
    },
  };
}
