// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @notice The cheat codes of forge that these tests use, and nothing else of forge's library.
interface Vm {
    /// @dev Gas of the latest call, in EVM units.
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    /// @dev One event as it was emitted.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function accesses(address target)
        external
        returns (bytes32[] memory reads, bytes32[] memory writes);
    function assertEq(address left, address right) external pure;
    function assertEq(bool left, bool right, string calldata why) external pure;
    function assertEq(bytes32 left, bytes32 right) external pure;
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(uint256 left, uint256 right, string calldata why) external pure;
    function assertFalse(bool condition) external pure;
    function assertFalse(bool condition, string calldata why) external pure;
    function assertLe(uint256 left, uint256 right) external pure;
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata why) external pure;
    function assume(bool condition) external pure;
    function deal(address account, uint256 wei_) external;
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata reason) external;
    function getRecordedLogs() external returns (Log[] memory logs);
    function lastCallGas() external view returns (Gas memory gas);
    function prank(address sender) external;
    function record() external;
    function recordLogs() external;
    function roll(uint256 height) external;
    function warp(uint256 seconds_) external;
}

/// @notice Gives a test the cheat codes as `vm`.
abstract contract Foundry {
    /// @dev Where forge puts them: the address of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
}
