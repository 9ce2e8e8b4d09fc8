// What every call of the fault run asks, and the tool that some of them give.

export const question = 'Why is the sky blue?';
/** With the first, what is to become vectors. */
export const secondText = 'And why is it red at night?';
export const toolName = 'look_up_light';
export const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
