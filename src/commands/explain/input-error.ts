/**
 * A line of input that cannot be judged. The message says where in it, what was expected and what was found;
 * it becomes the line's `error`, and the lines after it go on.
 */
export class InputError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InputError'
  }
}
