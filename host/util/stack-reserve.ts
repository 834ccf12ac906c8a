/**
 * Room on the stack for code that must not be cut off in its middle. JavaScript cannot ask how much stack is left, but
 * no function is entered without room for its registers, whichever tier of V8 runs it: optimized code checks for the
 * frame that it may have to fall back to. So a function with many registers, which does nothing, throws V8's RangeError
 * where less than {@link REGISTERS} words are left.
 */

/** 32 KiB: several times what the deepest hostcall needs, the guest's allocator included. */
const REGISTERS = 4096

type Reserve = (use?: (...values: number[]) => void) => void

/** Throws V8's RangeError for a used-up stack when there is too little left for a hostcall. */
// A call with that many arguments is the shortest way to that many registers; nobody would write it down.
export const reserveStack = new Function('use', `if (use !== undefined) use(${'0,'.repeat(REGISTERS - 1)}0)`) as Reserve
