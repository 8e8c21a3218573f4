/** Three streams that are one. */
export const Logo = ({ size }: { size: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="2.2"
    strokeLinecap="round"
    aria-hidden
  >
    <path d="M4 7c4 0 4 3 8 3s4-3 8-3" />
    <path d="M4 12c4 0 4 3 8 3s4-3 8-3" opacity=".75" />
    <path d="M4 17c4 0 4 3 8 3s4-3 8-3" opacity=".5" />
  </svg>
);
