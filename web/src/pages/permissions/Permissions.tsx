export default function Permissions() {
  return <h1>Permissions</h1>;
}
