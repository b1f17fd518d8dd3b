/**
 * A node's id as the last part of its key. What would end a part there is replaced; ids without any of that, which are all
 * that a client of Flyte makes, stay as they are.
 */
export const keyPartOf = (id: string): string => id.replace(/[/#]|%(?=2F|23|25)/g, encodeURIComponent);

/** The id that a part of a key stands for. */
export const idOfKeyPart = (part: string): string => part.replace(/%(?:2F|23|25)/g, decodeURIComponent);
