export default function Source() {
  return <h1>Source</h1>;
}
