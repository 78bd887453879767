export default function Relationships() {
  return <h1>Relationships</h1>;
}
