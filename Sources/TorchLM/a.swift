public enum TLM {}
