fn main() -> std::process::ExitCode {
    ${crate}::${entry}::main()
}
