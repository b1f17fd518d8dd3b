/** A task that can be made no pod of; it will not be mended by another try. */
export class BadTaskSpecification extends Error {
  override readonly name: string = "BadTaskSpecification";
}

export function badSpecification(message: string): BadTaskSpecification {
  return new BadTaskSpecification(message);
}
