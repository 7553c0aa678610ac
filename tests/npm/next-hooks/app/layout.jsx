// Without an icon, the browser asks for one, and reports that there is none.
export const metadata = { title: "A group", icons: { icon: "data:," } };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
