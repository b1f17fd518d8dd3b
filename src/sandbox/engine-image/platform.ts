/** `linux/amd64`, from the words that Docker's engine and kernels have for it. */
export function platformOf(os: string, architecture: string): string {
  const names: Readonly<Record<string, string>> = { x86_64: "amd64", x64: "amd64", aarch64: "arm64" };
  return `${os.toLowerCase()}/${names[architecture] ?? architecture}`;
}
